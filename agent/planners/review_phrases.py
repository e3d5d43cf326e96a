"""How people ask who has access to what, in five languages, on folded text."""

import re
from typing import Final

from agent.planners.wording import folded

# What somebody asks about the own access.
_OWN: Final = re.compile(
    r"\b(?:am|do|have|can|could) i\b|\b(?:what|which|where) (?:\w+ ){0,3}(?:am|do|have|can|may) i\b|\bi (?:am"
    r"|have|belong|can)\b"
    r"|\bi'(?:m|ve)\b|\bmy (?:own )?(?:access|groups?|teams|sites|memberships?|permissions?|rights|account)\b"
    r"|\b(?:bin|habe|komme|kann|darf|gehore|sehe) ich\b|\bich (?:bin|habe|komme|gehore|kann)\b"
    r"|\bmeine[nrm]? (?:gruppen|teams|zugriffe?|rechte|mitgliedschaft\w*|berechtigung\w*|konto)\b"
    r"|\b(?:suis|ai|fais|puis|peux|appartiens)-je\b|\bje (?:suis|fais|peux|dispose)\b|\bj'(?:ai|appartiens)\b"
    r"|\bmes (?:groupes|equipes|acces|droits|sites)\b|\bmon (?:compte|acces)\b"
    r"|\b(?:soy|estoy|tengo|llego|puedo|pertenezco)\b|\bmis (?:grupos|equipos|accesos|permisos|sitios)\b"
    r"|\bmi (?:cuenta|acceso)\b"
    r"|\b(?:sou|estou|tenho|chego|posso|pertenco)\b|\b(?:os )?meus (?:grupos|acessos|sites)\b"
    r"|\b(?:as )?minhas (?:equipas|equipes|permissoes)\b|\b(?:a )?minha conta\b"
)
# Others are asked about as well, whoever asks.
_WHO: Final = re.compile(
    r"\bwho(?:se)?\b|\beveryone\b|\beverybody\b|\ball (?:the )?(?:members|people|users)\b|\b(?:list"
    r"|names?) of (?:\w+ ){0,2}(?:members|people|users|owners)"
    r"|\bmembers (?:of|in)\b|\bmember ?list\b|\bowners?\b"
    r"|\bwer\b|\bwem\b|\balle (?:mitglieder|aus|in|von|leute|benutzer)\b|\bmitglieder(?:liste|n)?\b"
    r"|\bbesitzer\w*\b|\beigentumer\w*\b"
    r"|\bqui\b|\btous\b|\b(?:liste des|les) (?:membres|personnes)\b|\bmembres\b|\bproprietaires?\b"
    r"|\bquien(?:es)?\b|\btodos\b|\bmiembros\b|\bpropietari[oa]s?\b|\bduen[oa]s?\b"
    r"|\bquem\b|\bmembros\b|\bproprietari[oa]s?\b|\bdon[oa]s?\b"
)
# The owners are asked for, and not the members.
_OWNERS: Final = re.compile(
    r"\bowners?\b|\bowns\b|\bwem gehort\b|\bhat .{0,60}\bbesitzer\w*|\bwer (?:ist|sind) .{0,20}(?:besitzer"
    r"|eigentumer)\w*"
    r"|\ba-t-(?:il|elle) .{0,20}proprietaire|\bqui (?:est|possede|sont)\b.{0,20}(?:proprietaires?|groupe|equipe)"
    r"|\btiene (?:un )?(?:propietari|duen)[oa]|\bquien(?:es)? (?:es|son) .{0,20}(?:propietari|duen)[oa]s?"
    r"|\btem (?:um )?(?:proprietari|don)[oa]|\bquem (?:e|sao) .{0,20}(?:proprietari|don)[oa]s?|\bde quem e\b"
    r"|\bde quien es\b"
)
# Nothing but a question whose a group is.
_WHOSE: Final = re.compile(
    r"\bwho (?:owns|is|are|else)\b|\bwhose\b|\b(?:has|have) (?:\w+ ){0,2}owners?\b"
    r"|\bwer (?:ist|sind)\b|\bwem gehort\b|\bhat .{0,60}\bbesitzer\w*"
    r"|\bqui (?:est|sont|possede)\b|\ba-t-(?:il|elle|on) .{0,20}proprietaire"
    r"|\bquien(?:es)? (?:es|son)\b|\bde quien es\b|\btiene (?:un |una )?(?:propietari|duen)[oa]"
    r"|\bquem (?:e|sao)\b|\bde quem e\b|\btem (?:um |uma )?(?:proprietari|don)[oa]"
)
_I_OWN: Final = re.compile(
    r"\bi (?:own|am the owner)\b|\bi'm (?:the |an )?owner\b|\bmy group\b|\bich bin (?:die |der "
    r"|ein\w* )?(?:besitzer|eigentumer)\w*"
    r"|\bj(?:e|'en) suis (?:le |la )?proprietaire\b|\bsoy (?:el |la )?(?:propietari|duen)[oa]\b|\bsou (?:o "
    r"|a )?(?:proprietari|don)[oa]\b"
)


def is_about_oneself(words: str) -> bool:
    """Whether only the own access is asked about."""
    comparable = folded(words)
    # "I am its owner" says why the members are asked for.
    plain = _I_OWN.sub(" ", comparable)
    return _OWN.search(plain) is not None and _WHO.search(comparable) is None


def asks_for_owners(words: str) -> bool:
    """Whether the owners of a group are asked for."""
    return _OWNERS.search(_I_OWN.sub(" ", folded(words))) is not None


def asks_whose(words: str) -> bool:
    """Whether it is a question whose a group is."""
    return _WHOSE.search(folded(words)) is not None
