"""How much of each fault: little in `make test`, all of it in `make soak` (SOAK=1)."""

import os

SOAK = os.environ.get("SOAK") == "1"
MAILS, KILLS = (500, 100) if SOAK else (100, 3)
CROWD = 2000 if SOAK else 200  # mails for two beats
ROUNDS = 10 if SOAK else 1  # of a server that is emptied, restarted, crashed
CLOCK_MINUTES = 1 if SOAK else 15  # how the clock steps over its changes
