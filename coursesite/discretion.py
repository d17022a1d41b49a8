"""Secret addresses stay out of every log, whoever writes it."""

import logging
import re

# A token wherever it stands, and whatever was asked for in its place: a part of one, or one with a slip of the pen.
SECRET = re.compile(r"""[\w-]{22}\.[\w-]{43}|(?<=/calendar/)[^\s/?"']{20,}""")
HIDDEN = "***"
SERVERS = ("gunicorn.access", "gunicorn.error", "uvicorn.access", "uvicorn.error", "django.server")


class HideSecrets(logging.Filter):
    """Replaces the secret part of addresses in what is about to be written, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if (discreet := SECRET.sub(HIDDEN, said)) != said:
            record.msg, record.args = discreet, None
        if record.exc_info and record.exc_info[0]:  # formatters use what they find there
            trace = record.exc_text or logging.Formatter().formatException(record.exc_info)
            record.exc_text = SECRET.sub(HIDDEN, trace)
        return True


def hide_from_servers() -> None:
    """Web servers log past our handlers. Their loggers keep what is added here, however the server was started."""
    for name in SERVERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, HideSecrets) for each in logger.filters):
            logger.addFilter(HideSecrets())
