"""What people say of a group or team that is to be made, in five languages: its name, its owner, and what kind it is.

All but the name is matched on folded text, which is as long as the text itself.
"""

import re
import unicodedata
from typing import Final, Literal

from agent.planners.group_phrases import bare_name
from agent.planners.wording import folded

_QUOTES: Final = (
    '"\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}\u00ab\u00bb'
)
_QUOTED: Final = re.compile(f"[{_QUOTES}]\\s*([^{_QUOTES}\n]{{2,80}}?)\\s*[{_QUOTES}]")
# A name by its looks: `GRP-Couriers`, `SEC_North`.
_CODE: Final = re.compile(r"(?<![\w-])[^\W\d_]{2,}(?:[-_][^\W_]+)+(?![\w-])")
_CALLED: Final = re.compile(
    r"\b(?:called|named|with the name(?: of)?|under the name(?: of)?|by the name of|the name (?:is|should be"
    r"|would be|will be)|name ?[:=]"
    r"|namens|mit (?:dem )?namen?|genannt|name (?:ist|soll\w*|ware)|nennt (?:ihn|sie|es)|heiss(?:t|en)(?: soll\w*)?"
    r"|appelee?|nommee?|intitulee?|du nom de|nom ?[:=]|qui s'appelle(?:ra)?"
    r"|llamad[oa]|de nombre|con el nombre(?: de)?|nombre ?[:=]|que se llame"
    r"|chamad[oa]|de nome|com o nome(?: de)?|nome ?[:=]|que se chame)\s*:?\s*"
)
# Where a name that is not in quotes ends.
_NAME_ENDS: Final = re.compile(
    r"[,;:!?\n(]|\.(?:\s|$)|\s[-\u2013]\s|\b(?:please|pls|with|for|owned|and|so that|owner|bitte|mit|fur|und"
    r"|damit|besitzer\w*"
    r"|anlegen|erstellen|einrichten|avec|pour|et|svp|proprietaire|con|para|por favor|propietari[oa]|com|dono"
    r"|dona|proprietari[oa])\b"
)
_ROLES: Final = re.compile(
    r"\brole-? ?assignable\b|\brollen(?:fahig\w*|zuweis\w*|berechtigt\w*)\b|\brollen (?:zugewiesen|zugeordnet"
    r"|zuweis\w*|tragen|halten)"
    r"|\b(?:assign|hold|carry|receive) (?:\w+ ){0,3}roles?\b|\broles? (?:can|may|could) be assigned"
    r"|\b(?:porter|attribuer|recevoir|affecter|assigner) (?:\w+ ){0,3}roles?\b|\broles? (?:attribuables?"
    r"|assignables?)"
    r"|\b(?:asignar|pueda tener|recibir|llevar) (?:\w+ ){0,3}(?:roles?|funciones)\b"
    r"|\b(?:atribuir|possa ter|receber|ser-lhe atribuid\w+) (?:\w+ ){0,3}(?:funcoes|funcao|papeis)\b|\b(?:azure"
    r"|entra|directory) (?:ad )?roles?\b"
    r"|\b(?:global|user|exchange|security|sharepoint|privileged \w+|intune|teams) admin\w*\b"
)
# Whose members Graph writes not, or a rule does; with the team that makes it.
_ELSEWHERE: Final = (
    (
        re.compile(
            r"\bdistribution\b|\bmailing list\b|\bverteiler\w*|\bliste de (?:diffusion|distribution)"
            r"|\blista de (?:distribu\w+|difus\w+|correo)|\bmail-? ?enabled\b"
        ),
        "exchange",
    ),
    (re.compile(r"\bdynami\w+|\bdinamic\w+|\bon-?prem\w*|\bactive directory\b"), "identity"),
    (
        re.compile(
            r"\b(?:turn(?:s|ed|ing)?|convert\w*|transform\w*)\b|\bmach\w* aus\b|\bumwandel\w*|\bconvert\w+"
            r"|\bchannels?\b|\bkanal\w*\b|\bcanal\b|\bcanaux\b|\bcanales\b|\bcanais\b"
        ),
        "service-desk-l2",
    ),
)
_MICROSOFT365: Final = re.compile(
    r"\b(?:microsoft|office|m|o)[- ]?365\b|\bshared (?:mailbox|calendar|files)|\bunified\b|\bmailbox\b"
    r"|\bpostfach\b|\bboite\b|\bbuzon\b"
)
_PUBLIC: Final = re.compile(r"\bpublic\w*\b|\boffentlich\w*|\bpublique\b|\bfor everybody\b|\bpublic[oa]\b")
_OWNER: Final = re.compile(
    r"\b(?:owned by|owners?|besitzer(?:in)?|eigentumer(?:in)?|inhaber(?:in)?|proprietaires?|propietari[oa]s?"
    r"|duen[oa]s?"
    r"|proprietari[oa]s?|don[oa]s?)\b[^,;.\n]*"
)
_MEMBERS: Final = re.compile(
    r"\b(?:members?|with|add|mitglied\w*|mit|hinein|membres?|avec|miembros?|con|membros?|com)\b"
)


def new_name(words: str) -> str:
    """Return the one name that a new group or team is to have, as written, or nothing."""
    found = tuple(dict.fromkeys(one.strip() for one in _QUOTED.findall(words)))
    if found:
        return found[0] if len(found) == 1 else ""
    comparable = folded(words)
    if len(comparable) != len(words):
        return ""
    if match := _CALLED.search(comparable):
        end = _NAME_ENDS.search(comparable, match.end())
        return words[match.end() : end.start() if end else len(words)].strip()[:80]
    codes = tuple(dict.fromkeys(_CODE.findall(words)))
    named = tuple(one for one in codes if any(char.isupper() for char in one) and not _MICROSOFT365.search(folded(one)))
    return bare_name(named[0]) if len(named) == 1 else ""


def nickname_of(name: str) -> str:
    """Return the name as an address may have it: ASCII letters, digits and hyphens; empty when nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def holds_roles(words: str) -> bool:
    """Whether the group is to hold directory roles, or an administrator's role is spoken of at all."""
    return _ROLES.search(folded(words)) is not None


def made_elsewhere(words: str) -> str:
    """Return the team that makes what our actions do not, or nothing."""
    comparable = folded(words)
    return next((queue for pattern, queue in _ELSEWHERE if pattern.search(comparable)), "")


def group_kind(words: str) -> Literal["security", "microsoft365"]:
    """Return the kind of group that is spoken of: one for permissions, unless a mailbox or files belong to it."""
    return "microsoft365" if _MICROSOFT365.search(folded(words)) else "security"


def is_public(words: str) -> bool:
    """Whether everybody of the tenant is to see what is inside."""
    return _PUBLIC.search(folded(words)) is not None


def names_members(words: str) -> bool:
    """Whether the words speak of people who are to be in it from the start."""
    return _MEMBERS.search(folded(words)) is not None


def said_of_owner(words: str) -> str:
    """Return the part of the words that says who is to own it, or nothing."""
    match = _OWNER.search(folded(words))
    return words[slice(*match.span())] if match and len(folded(words)) == len(words) else ""
