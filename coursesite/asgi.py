"""The ASGI application, for a server that wants one; gunicorn serves wsgi.py."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")

application = get_asgi_application()
