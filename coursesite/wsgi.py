"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import reverse

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coursesite.settings")

application = get_wsgi_application()
reverse("home")  # reads all addresses and their views now, and not within the first request
