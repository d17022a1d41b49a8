"""Who works with whom: create, invite, answer, leave, and what staff do for those who found nobody.

Every change of a group's members holds the group's row, under which its size is checked; "one group per student and
edition" is the database's (Membership.enrolment). What was decided here:

- A member invites by the exact address of a classmate. Students of one edition may find each other that way and no
  other: there is no list to choose from. Every other address - a stranger's, a member of staff's, another edition's -
  gets one and the same sentence. Strangers never get as far as this.
- Invitations may be open to more classmates than there are seats; accepting decides, and the last seat is given once.
- Who joins a group keeps their other invitations, unanswered: they cannot be accepted now, everyone concerned sees why,
  and they count again if that person leaves.
- A group whose last member leaves is dissolved: its row goes, with its invitations and cancelled bookings (what
  happened to those stays in the history of bookings).
"""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from coursesite.booking import BookingRefused, as_it_is, refuse_archived, retried, under_lock
from coursesite.clock import said
from coursesite.models import CourseEdition, Enrolment, User
from projects import emails
from projects.models import Booking, Invitation, Membership, Milestone, ProjectGroup

MOST_PENDING = 10  # open invitations of one group: more would be a way to write to the whole class
MOST_TIMES = 3  # that one group asks one classmate: afterwards they should talk


class GroupRefused(BookingRefused):
    """The like of it for groups: one sentence for the person."""


def create(student: Enrolment, name: str, *, now: datetime) -> ProjectGroup:
    """A new group with its first member."""
    name = tidy(name)
    refuse_archived(student.edition)

    def act() -> ProjectGroup:
        with transaction.atomic():
            refuse_in_a_group(student, you_are_in)
            group = ProjectGroup.objects.create(edition=student.edition, name=name)
            Membership.objects.create(group=group, enrolment=student)
            student.edition.touch()
            return group

    try:
        return retried(act)
    except IntegrityError:
        raise what_is_true(student, name=name) from None


def rename(group: ProjectGroup, name: str, *, by: User) -> None:
    name = tidy(name)

    def act() -> None:
        require_member(group, by)
        ProjectGroup.objects.filter(pk=group.pk).update(name=name)
        group.edition.touch()

    under_lock(as_it_is(group), act, after_conflict=lambda: GroupRefused(name_taken(name), lost_race=True))


def invite(group: ProjectGroup, address: str, *, by: User, now: datetime) -> Invitation:
    """Ask the classmate with this address. They get a mail; the seat is theirs only when they accept."""

    def act() -> Invitation:
        require_member(group, by)
        refuse_full(group)
        classmate = find_classmate(group.edition, address)
        if classmate.user_id == by.pk:
            raise GroupRefused(_("That is your own address. Invite a classmate by theirs."))
        if hasattr(classmate, "membership"):
            same = classmate.membership.group_id == group.pk
            raise GroupRefused(
                _("%(name)s is in your group already.") % {"name": classmate.user}
                if same
                else _("%(name)s is in another group and would have to leave it first.") % {"name": classmate.user}
            )
        refuse_asked(group, classmate)
        if group.invitations.pending().count() >= MOST_PENDING:
            raise GroupRefused(_("Many invitations of your group are open. Withdraw one before you send another."))
        invitation = Invitation.objects.create(group=group, enrolment=classmate, invited_by=by)
        emails.invitation(invitation, now=now)
        group.edition.touch()
        return invitation

    return under_lock(
        as_it_is(group), act, after_conflict=lambda: already_asked(find_classmate(group.edition, address))
    )


def accept(invitation: Invitation, *, now: datetime) -> None:
    """The seat is given under the group's lock: of two who click for the last one, one gets it."""
    group, student = invitation.group, invitation.enrolment

    def act() -> None:
        if not answer(invitation, Invitation.State.ACCEPTED, now):
            require_member(group, student.user)  # accepted long ago, and perhaps left since
            return
        refuse_in_a_group(student, you_are_in)
        add(group, student, now)
        emails.invitation_accepted(invitation, others(group, student), now=now)
        group.edition.touch()

    under_lock(as_it_is(group), act, after_conflict=lambda: what_is_true(student))


def decline(invitation: Invitation, *, now: datetime) -> None:
    group = invitation.group

    def act() -> None:
        if answer(invitation, Invitation.State.DECLINED, now):
            emails.invitation_declined(invitation, others(group, invitation.enrolment), now=now)
            group.edition.touch()

    under_lock(as_it_is(group), act, after_conflict=lambda: what_is_true(invitation.enrolment))


def withdraw(invitation: Invitation, *, by: User, now: datetime) -> None:
    group = invitation.group

    def act() -> None:
        require_member(group, by)
        if answer(invitation, Invitation.State.WITHDRAWN, now):
            emails.invitation_withdrawn(invitation, by=by, now=now)
            group.edition.touch()

    under_lock(as_it_is(group), act, after_conflict=lambda: what_is_true(invitation.enrolment))


def leave(group: ProjectGroup, student: Enrolment, *, now: datetime) -> None:
    """Of one's own accord: while nothing is booked. The last one to leave dissolves the group."""

    def act() -> None:
        require_member(group, student.user)
        if booked := standing_bookings(group):
            raise GroupRefused(
                _(
                    "Your group has booked %(milestone)s, %(time)s. Cancel that booking before you leave, "
                    "or ask the staff, who can change groups."
                )
                % {"milestone": booked[0].milestone, "time": said(booked[0].slot.starts_at, group.edition.zone)}
            )
        depart(group, student)
        emails.member_left(group, student.user, others(group, student), now=now)

    under_lock(as_it_is(group), act, after_conflict=lambda: what_is_true(student))


def place(group: ProjectGroup, student: Enrolment, *, now: datetime) -> None:
    """Staff put a student who found nobody into a group; all its members are told."""
    if student.edition_id != group.edition_id or student.role != Enrolment.Role.STUDENT:
        raise GroupRefused(_("%(name)s is not a student of this course edition.") % {"name": student.user})

    def act() -> None:
        refuse_in_a_group(student, they_are_in)
        add(group, student, now)
        emails.member_placed(group, student.user, [*others(group, student), student.user], now=now)
        group.edition.touch()

    under_lock(as_it_is(group), act, after_conflict=lambda: what_is_true(student, they_are_in))


def remove(group: ProjectGroup, student: Enrolment, *, now: datetime) -> None:
    """Staff take a student out, also of a group with a booking. The last member stays: that group is dissolved."""

    def act() -> None:
        if not group.memberships.filter(enrolment=student).exists():
            raise GroupRefused(_("%(name)s is not in this group any more.") % {"name": student.user}, lost_race=True)
        left = others(group, student)
        if not left:
            raise GroupRefused(_("%(name)s is the last member: dissolve the group instead.") % {"name": student.user})
        for booking in standing_bookings(group):
            if booking.slot.starts_at > now:
                emails.slot_left(booking, student.user, now=now)
        depart(group, student)
        emails.member_left(group, student.user, [*left, student.user], now=now)

    under_lock(as_it_is(group), act, after_conflict=lambda: what_is_true(student))


def dissolve(group: ProjectGroup, *, now: datetime) -> None:
    """Staff end a group that has nothing booked; its members are told."""

    def act() -> None:
        if booked := standing_bookings(group):
            raise GroupRefused(
                _("%(group)s has booked %(milestone)s: cancel the booking first.")
                % {"group": group, "milestone": booked[0].milestone}
            )
        emails.group_dissolved(group, members(group), now=now)
        end(group)

    under_lock(as_it_is(group), act, after_conflict=lambda: GroupRefused(_("This has changed. Please look again.")))


# --- What the verbs share; all of it runs under the group's lock ---------------------------------------------------


def members(group: ProjectGroup) -> list[User]:
    return list(User.objects.filter(enrolments__membership__group=group).order_by("enrolments__membership__joined_at"))


def others(group: ProjectGroup, student: Enrolment) -> list[User]:
    return [user for user in members(group) if user.pk != student.user_id]


def add(group: ProjectGroup, student: Enrolment, now: datetime) -> None:
    """Who comes to a group that has booked gets the slot into their calendar as well."""
    refuse_full(group)
    Membership.objects.create(group=group, enrolment=student)
    for booking in standing_bookings(group):
        if booking.slot.starts_at > now:
            emails.slot_joined(booking, student.user, now=now)


def refuse_full(group: ProjectGroup) -> None:
    if group.memberships.count() >= group.edition.group_max_size:
        raise GroupRefused(full(group), lost_race=True)


def answer(invitation: Invitation, state: str, now: datetime) -> bool:
    """Give a pending invitation its answer. False: it has this very answer already (a second click)."""
    if Invitation.objects.pending().filter(pk=invitation.pk).update(state=state, answered_at=now):
        return True
    current = Invitation.objects.filter(pk=invitation.pk).values_list("state", flat=True).first()
    if current == state:
        return False
    sentences = {
        Invitation.State.ACCEPTED.value: _("This invitation has been accepted already."),
        Invitation.State.DECLINED.value: _("This invitation has been declined already. The group can send a new one."),
        Invitation.State.WITHDRAWN.value: _("This invitation has been withdrawn. Ask the group for a new one."),
    }
    raise GroupRefused(sentences.get(current or "", _("This invitation no longer exists.")), lost_race=True)


def depart(group: ProjectGroup, student: Enrolment) -> None:
    group.memberships.filter(enrolment=student).delete()
    if group.memberships.exists():
        group.edition.touch()
    else:
        end(group)


def end(group: ProjectGroup) -> None:
    Booking.objects.filter(group=group).delete()  # the cancelled ones: nothing stands, and their history stays
    ProjectGroup.objects.filter(pk=group.pk).delete()
    group.edition.touch()


def standing_bookings(group: ProjectGroup) -> list[Booking]:
    """What the group has booked, in order of time. Until the transaction ends nothing comes or goes.

    The milestones are held for it. Whoever books holds their milestone and reads the members afterwards, so either
    they see who came or left, or we see what they booked.
    """
    held = Milestone.objects.filter(edition=group.edition_id).order_by("pk").select_for_update(no_key=True)
    milestones = {milestone.pk: milestone for milestone in held.only("number", "title", "place", "edition")}
    booked = Booking.objects.standing().filter(group=group).select_related("slot").order_by("slot__starts_at")
    for booking in booked:
        booking.group, booking.milestone = group, milestones[booking.milestone_id]
        booking.milestone.edition = group.edition
    return list(booked)


def require_member(group: ProjectGroup, user: User) -> None:
    if not group.memberships.filter(enrolment__user=user).exists():
        raise GroupRefused(_("You are not in this group any more."), lost_race=True)


def refuse_in_a_group(student: Enrolment, sentence: Callable[[Membership], str]) -> None:
    if membership := membership_of(student):
        raise GroupRefused(sentence(membership), lost_race=True)


def membership_of(student: Enrolment) -> Membership | None:
    return Membership.objects.filter(enrolment=student).select_related("group", "enrolment__user").first()


def refuse_asked(group: ProjectGroup, classmate: Enrolment) -> None:
    asked = Invitation.objects.filter(group=group, enrolment=classmate)
    if asked.filter(state=Invitation.State.PENDING).exists():
        raise already_asked(classmate)
    if asked.count() >= MOST_TIMES:
        raise GroupRefused(
            _("Your group has asked %(name)s several times. Please talk to each other, or to the staff.")
            % {"name": classmate.user}
        )


def find_classmate(edition: CourseEdition, address: str) -> Enrolment:
    found = (
        Enrolment.objects.students()
        .filter(edition=edition, user__email=address.strip().lower(), user__is_active=True)
        .select_related("user", "membership")
        .first()
    )
    if found is None:
        raise GroupRefused(
            _(
                "We know no student of this course edition by that address. Check it with your classmate: "
                "it is the one with which they sign in here."
            )
        )
    return found


def tidy(name: str) -> str:
    return " ".join(name.split())


# --- Sentences -----------------------------------------------------------------------------------------------------


def you_are_in(membership: Membership) -> str:
    return _("You are in the group “%(group)s” already. To be in another one, leave it first.") % {
        "group": membership.group
    }


def they_are_in(membership: Membership) -> str:
    return _("%(name)s is in the group “%(group)s” already: take them out of it first.") % {
        "name": membership,
        "group": membership.group,
    }


def what_is_true(
    student: Enrolment, sentence: Callable[[Membership], str] = you_are_in, name: str = ""
) -> GroupRefused:
    """After a constraint failed: read again what it was about."""
    if membership := membership_of(student):
        return GroupRefused(sentence(membership), lost_race=True)
    if ProjectGroup.objects.filter(edition=student.edition_id, name=name).exists():
        return GroupRefused(name_taken(name), lost_race=True)
    return GroupRefused(_("This has changed. Please look again."), lost_race=True)


def already_asked(classmate: Enrolment) -> GroupRefused:
    return GroupRefused(
        _("%(name)s has an invitation of your group and has not answered yet.") % {"name": classmate.user}
    )


def name_taken(name: str) -> str:
    return _("Another group is called “%(name)s”. Choose another name.") % {"name": name}


def full(group: ProjectGroup) -> str:
    size = group.edition.group_max_size
    return ngettext(
        "“%(group)s” is full: a group has at most %(size)s member.",
        "“%(group)s” is full: a group has at most %(size)s members.",
        size,
    ) % {"group": group, "size": size}
