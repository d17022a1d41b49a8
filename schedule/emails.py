"""What people are told of the schedule, besides what stands there."""

from coursesite.mail import MailKind

KINDS = {
    "class_soon": MailKind("schedule", is_optional=True),
    "material_released": MailKind("schedule", is_optional=True),
    "deadline_soon": MailKind("schedule", is_optional=True),
    "readme_changed": MailKind("schedule"),  # to instructors, as is the next
    "readme_unreachable": MailKind("schedule"),
}
