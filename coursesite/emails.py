"""What the site itself tells people."""

from coursesite.mail import MailKind

KINDS = {
    "digest": MailKind("coursesite", is_optional=True),
    "staff_digest": MailKind("coursesite", is_optional=True),
}
