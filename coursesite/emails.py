KINDS: dict = {}
