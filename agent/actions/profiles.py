"""Changing what the directory says about a person: profile attributes, and the numbers they are called at."""

import re
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, JsonValue, StringConstraints, model_validator

from agent.actions.parameters import Told
from agent.actions.user_properties import PropertiesAction, Text
from agent.model.frozen import Frozen

# Longest values (Graph reference, resource type `user`); of `officeLocation` no limit is documented.
_LONGEST: Final = {
    "city": 128,
    "companyName": 64,
    "country": 128,
    "department": 64,
    "displayName": 256,
    "employeeId": 16,
    "givenName": 64,
    "jobTitle": 128,
    "officeLocation": 128,
    "postalCode": 40,
    "preferredLanguage": 5,
    "state": 128,
    "streetAddress": 1024,
    "surname": 64,
    "usageLocation": 2,
}
_Attribute = Literal[
    "city",
    "companyName",
    "country",
    "department",
    "displayName",
    "employeeId",
    "givenName",
    "jobTitle",
    "officeLocation",
    "postalCode",
    "preferredLanguage",
    "state",
    "streetAddress",
    "surname",
    "usageLocation",
]
# ISO 639-1 with ISO 3166-1, as the reference has it of `preferredLanguage`.
_LANGUAGE: Final = re.compile(r"[a-z]{2}(?:-[A-Z]{2})?")
# Nobody can be without these (Graph reference, resource type `user`).
_NEVER_EMPTY = frozenset({"displayName", "usageLocation"})


class AttributeChange(Frozen):
    """One attribute: what it is to be and what it was. Null is no value; neither has a default."""

    field: _Attribute
    to: Text | None
    was: Text | None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.to == self.was:
            raise ValueError("expected another value than the attribute has")
        if self.to is None and self.field in _NEVER_EMPTY:
            raise ValueError("this attribute cannot be cleared")
        if self.to is not None and len(self.to) > _LONGEST[self.field]:
            raise ValueError("the value is longer than the attribute takes")
        country = self.to is None or (
            len(self.to) == 2 and self.to.isascii() and self.to.isalpha() and self.to.isupper()
        )
        if self.field == "usageLocation" and not country:
            raise ValueError("expected a country as two capital letters")
        if self.field == "preferredLanguage" and self.to is not None and not _LANGUAGE.fullmatch(self.to):
            raise ValueError("expected a language, and perhaps a country, such as `de` or `de-AT`")
        return self


def _fields_of(changes: "tuple[AttributeChange | NumberChange, ...]") -> tuple[str, ...]:
    return tuple(sorted(one.field for one in changes))


class UpdateProfile(PropertiesAction):
    """Change profile attributes. Department, company and location may drive dynamic groups, licences and access.

    `usageLocation` of an account that had none is undone by null, which the reference calls impossible: the service
    may refuse, and then a person is told. A change of the display name carries no `user_name`, because every later
    decision about the plan would find the account under another name than its card has.
    """

    id: ClassVar[str] = "entra.user.profile.update"
    title: ClassVar[str] = "Change {fields} of {user}"
    risk: ClassVar[int] = 25
    delegated_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("User.ReadWrite.All",)

    # JSON has no tuples, so this one field also takes a list.
    changes: Annotated[
        tuple[AttributeChange, ...],
        Field(strict=False, min_length=1, max_length=len(_LONGEST)),
        Told("params.attributes", _fields_of),
    ]

    @model_validator(mode="after")
    def _are_one_each(self) -> Self:
        fields = {one.field for one in self.changes}
        if len(fields) < len(self.changes):
            raise ValueError("expected each attribute once")
        if "displayName" in fields and self.user_name:
            raise ValueError("a change of the display name takes no `user_name`")
        return self

    @property
    def _title(self) -> str:
        fields = ", ".join(one.field for one in self.changes)
        return self.title.format(fields=fields, user=self.user_name or self.user_id)

    def _values(self) -> dict[str, JsonValue]:
        return {one.field: one.to for one in self.changes}

    def _was(self) -> dict[str, JsonValue]:
        return {one.field: one.was for one in self.changes}


_Number = Annotated[str, StringConstraints(strict=True, pattern=r"^[+(0-9][0-9 ()./x#*-]{2,63}$")]
_OldNumber = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64, pattern=r"^[^\p{C}]+$")]


class NumberChange(Frozen):
    """One telephone number: what it is to be and what it was. Null is no number; neither has a default."""

    field: Literal["mobilePhone", "businessPhones"]
    to: _Number | None
    was: _OldNumber | None

    @model_validator(mode="after")
    def _is_another(self) -> Self:
        if self.to == self.was:
            raise ValueError("expected another number than the account has")
        return self


class UpdatePhones(PropertiesAction):
    """Change the mobile and the business number in the profile; the second is a list that takes one (Graph reference).

    Self-service password reset may read them, so a wrong number can hand over the account. They are no sign-in
    methods. The other mail addresses have a permission of their own and are not changed here.
    """

    id: ClassVar[str] = "entra.user.phone.update"
    title: ClassVar[str] = "Change {fields} in the profile of {user}"
    risk: ClassVar[int] = 60
    opens_sign_in: ClassVar[bool] = True
    delegated_permissions: ClassVar[tuple[str, ...]] = ("User-Phone.ReadWrite.All",)
    application_permissions: ClassVar[tuple[str, ...]] = ("User-Phone.ReadWrite.All",)

    changes: Annotated[
        tuple[NumberChange, ...], Field(strict=False, min_length=1, max_length=2), Told("params.attributes", _fields_of)
    ]

    @model_validator(mode="after")
    def _are_one_each(self) -> Self:
        if len({one.field for one in self.changes}) < len(self.changes):
            raise ValueError("expected each number once")
        return self

    @property
    def _title(self) -> str:
        fields = " and ".join(one.field for one in self.changes)
        return self.title.format(fields=fields, user=self.user_name or self.user_id)

    def _values(self) -> dict[str, JsonValue]:
        return {one.field: _as_graph_has_it(one.field, one.to) for one in self.changes}

    def _was(self) -> dict[str, JsonValue]:
        return {one.field: _as_graph_has_it(one.field, one.was) for one in self.changes}


def _as_graph_has_it(field: str, number: str | None) -> JsonValue:
    if field == "mobilePhone":
        return number
    numbers: list[JsonValue] = [] if number is None else [number]
    return numbers
