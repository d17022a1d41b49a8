"""What staff give to a class: a link or a file, and when students see it."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from coursesite.admin_site import EditionForm
from coursesite.mail import one_line
from coursesite.models import CourseEdition
from coursesite.place_forms import InstantField
from coursesite.uploads import MIB, UploadField
from schedule import file_types, materials
from schedule.models import Lecture, Material


class MaterialForm(EditionForm):
    """New ones are for people of the course, and told to students, unless staff say otherwise."""

    file = UploadField(label=gettext_lazy("File"), required=False, widget=forms.FileInput, max_length=200)
    without_file = forms.BooleanField(label=gettext_lazy("Take the file away"), required=False)

    class Meta:
        model = Material
        fields = (
            *("edition", "lecture", "column", "kind", "label", "href", "file", "position"),
            *("released_at", "is_held", "tells_students", "is_public", "is_missing"),
        )

    def __init__(self, *args: Any, edition: CourseEdition | None = None, **kwargs: Any) -> None:
        """edition: that of the class, where the form stands under it."""
        super().__init__(*args, **kwargs)
        self.settled: set[str] = set()  # fields with another value than was typed
        if edition is not None:
            self.instance.edition = edition
        self.fields["released_at"] = InstantField(
            zone=self.zone,
            ends=False,
            required=False,
            label=gettext_lazy("Students see it from"),
            help_text=_("Empty: at once. Times are those of %(zone)s.") % {"zone": self.zone},
        )
        if self.instance.pk is None:
            self.initial.setdefault("is_public", False)
            self.initial.setdefault("tells_students", True)
        limit = _("At most %(size)d MiB: PDF, slides, documents, notebooks, text, pictures, videos, ZIP.")
        limit %= {"size": settings.MATERIAL_MAX_MIB}
        if self.instance.file:
            named = {"name": self.instance.file_name, "size": filesizeformat(self.instance.file_size)}
            limit = _("Now: %(name)s, %(size)s. Another one takes its place.") % named + f" {limit}"
        else:
            del self.fields["without_file"]
        self.fields["file"].help_text = limit

    @property
    def zone(self) -> ZoneInfo:
        """That of the edition, as far as it is known yet."""
        edition = self.instance.edition if self.instance.edition_id else None
        chosen = str(self.data.get(self.add_prefix("edition")) or self.initial.get("edition") or "")
        if edition is None and chosen.isdecimal():
            edition = CourseEdition.objects.filter(pk=int(chosen[:18])).first()
        return edition.zone if edition else ZoneInfo(settings.TIME_ZONE)

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if not isinstance(file, UploadedFile):  # nothing new
            return self.instance.file
        file.name = one_line(file.name or "", 200)
        if (file.size or 0) > settings.MATERIAL_MAX_MIB * MIB:
            raise ValidationError(
                _("%(name)s has %(size)s, and a file has at most %(most)d MiB. Put it elsewhere and give the link.")
                % {"name": file.name, "size": filesizeformat(file.size or 0), "most": settings.MATERIAL_MAX_MIB}
            )
        known = file_types.TYPES.get(file_types.ending(file.name))
        if known is None:
            raise ValidationError(
                _("Files like %(name)s are not taken. In a ZIP they are. These are taken as well: %(endings)s.")
                % {"name": file.name, "endings": ", ".join(sorted(file_types.TYPES))}
            )
        file.seek(0)
        is_so = known.is_so(file.read(file_types.HEAD))
        file.seek(0)
        if not is_so:
            raise ValidationError(
                _("%(name)s is not what its ending says: something else is in it.") % {"name": file.name}
            )
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if "file" not in self.errors:
            self.check_what(cleaned)
        self.settle_release(cleaned)
        return cleaned

    def check_what(self, cleaned: dict[str, Any]) -> None:
        has_file = bool(cleaned.get("file")) and not cleaned.get("without_file")
        if not has_file and not cleaned.get("href", "").strip() and "href" not in self.errors:
            self.add_error("href", ValidationError(_("Give a link, or choose a file.")))
        lecture: Lecture | None = cleaned.get("lecture") or self.instance.lecture
        if lecture and lecture.pk and has_file and not self.instance.file:
            others = Material.objects.filter(lecture=lecture).exclude(pk=self.instance.pk).exclude(file="")
            if others.count() >= settings.MATERIALS_PER_CLASS:
                self.add_error(
                    "file",
                    ValidationError(
                        _("This class has %(count)d files already, as many as one can have. Put several into a ZIP.")
                        % {"count": settings.MATERIALS_PER_CLASS}
                    ),
                )

    def settle_release(self, cleaned: dict[str, Any]) -> None:
        """What is to be told and has no time is released now. What was told is not told again: see was_told()."""
        now = timezone.now()
        has_no_time = not (cleaned.get("is_held") or cleaned.get("released_at") or "released_at" in self.errors)
        if has_no_time and cleaned.get("tells_students") and self.is_news():
            self.settle(cleaned, "released_at", now)
        before = Material(
            released_at=self.initial.get("released_at"),
            is_held=bool(self.initial.get("is_held")),
            tells_students=bool(self.instance.pk and self.initial.get("tells_students")),
        )
        is_moved = {"released_at", "is_held"} & set(self.changed_data)
        if is_moved and "tells_students" not in self.changed_data and materials.was_told(before, now):
            self.settle(cleaned, "tells_students", False)

    def settle(self, cleaned: dict[str, Any], name: str, value: Any) -> None:
        cleaned[name] = value
        self.settled.add(name)

    @property
    def written(self) -> set[str]:
        """The columns of what was typed and of what follows from it. No others: somebody else may have changed them."""
        changed = set(self.changed_data) | self.settled
        if changed & {"file", "without_file"}:
            changed |= {"file", "file_name", "file_size"}
        return changed & {field.name for field in Material._meta.concrete_fields}

    def is_news(self) -> bool:
        """New, let go or ticked: not a correction of what students see already."""
        return self.instance.pk is None or bool({"is_held", "tells_students"} & set(self.changed_data))

    def _get_validation_exclusions(self) -> set[str]:
        """Under a class that is new as well, the edition comes with it when they are saved."""
        excluded = super()._get_validation_exclusions()
        return excluded if self.instance.edition_id or "edition" in self.fields else {*excluded, "edition"}

    def _post_clean(self) -> None:
        """The file's name and size go with it."""
        file, old = self.cleaned_data.get("file"), self.instance.file
        super()._post_clean()  # type: ignore[misc]
        if self.cleaned_data.get("without_file"):
            self.instance.file, self.instance.file_name, self.instance.file_size = "", "", 0
        elif isinstance(file, UploadedFile) and "file" not in self.errors:
            self.instance.keep_file(file)
        else:
            self.instance.file = old


class MaterialFormSet(forms.BaseInlineFormSet):
    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        lecture: Any = self.instance
        return super().get_form_kwargs(index) | {"edition": lecture.edition if lecture.edition_id else None}

    def save_existing(self, form: Any, obj: Any, commit: bool = True) -> Any:
        if commit:
            obj.save(update_fields=form.written)
        return obj
