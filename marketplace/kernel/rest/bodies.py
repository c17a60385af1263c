"""Bodies that are taken: explicit fields of exact types; whatever else is sent is refused."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from marketplace.kernel.rest.texts import escaped, problem_of

_LINE, _WORDS = 200, 4000


class Body(serializers.Serializer[Any]):
    """What an operation takes. Unknown fields are refused with their place."""

    def to_internal_value(self, data: Any) -> Any:
        """Check names before values."""
        if isinstance(data, Mapping):
            taken = {name for name, field in self.fields.items() if not field.read_only}
            unknown = {
                escaped(str(name)): [
                    serializers.ErrorDetail("There is no such field.", code="unknown-field")
                ]
                for name in data
                if name not in taken
            }
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)


class Text(serializers.CharField):
    """Text, not what merely can be written as text; 200 characters unless told otherwise."""

    default_error_messages = {"invalid": "This has to be a text."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", _LINE)
        super().__init__(**kwargs)

    def run_validation(self, data: Any = empty) -> Any:
        """Check characters before lengths."""
        if isinstance(data, str):
            wrong = problem_of(data, "")
            if wrong:
                raise serializers.ValidationError(wrong.detail, code=wrong.code)
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> str:
        """Refuse numbers, which the framework would turn into text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Words(Text):
    """Sentences: up to 4,000 characters, and line breaks."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", _WORDS)
        super().__init__(**kwargs)


class Slug(Text):
    """A short name of lower-case letters, digits and hyphens."""

    default_error_messages = {"slug": "Lower-case letters, digits and hyphens, from a letter on."}

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 80)
        super().__init__(**kwargs)
        from django.core.validators import RegexValidator

        self.validators.append(
            RegexValidator(r"\A[a-z][a-z0-9-]*\Z", self.error_messages["slug"], "slug")
        )


class Whole(serializers.IntegerField):
    """A whole number, written as one."""

    def to_internal_value(self, data: Any) -> int:
        """Refuse text, booleans and fractions."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """true or false, written as such."""

    def to_internal_value(self, data: Any) -> bool:
        """Refuse 1, "yes" and their like."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class One(Text):
    """One of a few words."""

    default_error_messages = {"unknown": "Choose one of: {words}."}

    def __init__(self, *words: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words

    def to_internal_value(self, data: Any) -> str:
        """Refuse other words."""
        text = super().to_internal_value(data)
        if text not in self.words:
            self.fail("unknown", words=", ".join(self.words))
        return text


class Texts(serializers.ListField):
    """A list of texts."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("child", Text())
        kwargs.setdefault("max_length", 500)
        super().__init__(**kwargs)


class Nothing(Body):
    """An action that needs no words; an empty body or {}."""
