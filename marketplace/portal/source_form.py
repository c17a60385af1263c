"""What both forms ask that read a file into a first draft: the file, and the platform behind it."""

from typing import Any, Final

from django import forms

from catalog.models import PlatformConnection

FILE_LIMIT: Final = 20_000_000


class SourceForm(forms.Form):
    """A file that is read and not kept, and on which platform what it describes stands."""

    upload = forms.FileField(required=False)
    platform = forms.ChoiceField(label="Platform", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.platforms = list(
            PlatformConnection.objects.order_by("name").values_list("key", "name")
        )
        self.offer("platform", [("", "None yet"), *self.platforms])

    def offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Let a field choose among these; the only one is chosen already."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        if len(choices) == 1:
            field.initial = choices[0][0]

    def clean_upload(self) -> Any:
        """A large file is not read at all."""
        upload = self.cleaned_data["upload"]
        if upload is not None and upload.size > FILE_LIMIT:
            raise forms.ValidationError("At most 20 MB are read.")
        return upload
