def waiting(user, now):
    return []
