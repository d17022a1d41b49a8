"""For the container: does the web process answer? Asks by a name that the site accepts."""

import os
import urllib.request


def main() -> None:
    host = os.environ.get("ALLOWED_HOSTS", "").split(",")[0].lstrip(".*") or "localhost"
    url = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    direct.open(urllib.request.Request(url, headers={"Host": host}), timeout=4).close()


if __name__ == "__main__":
    main()
