"""How people describe somebody who is to start: forms with labels, and prose, in five languages.

A form is read line by line. Of prose only what stands in a place of its own is read: a name beside a verb of coming or
a word such as "for", a manager behind a word for one, a department or office behind its word. What is not certainly
read is missing, and is asked about.
"""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from agent.planners.reading.dates import day_named
from agent.planners.wording import folded

#: What a form must say, in the order in which it is asked for.
NEEDED: Final = ("name", "start", "department", "manager", "location")


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Who is to start, as written; empty is not said. `manager` is `me` for the one who writes."""

    given: str = ""
    family: str = ""
    job: str = ""
    department: str = ""
    manager: str = ""
    location: str = ""
    start: date | None = None

    @property
    def called(self) -> str:
        """Given and family name, or nothing as long as one is missing."""
        return f"{self.given} {self.family}" if self.given and self.family else ""


# Labels on folded text. What is more exact stands first.
_LABELS: Final = (
    ("family", r"last name|surname|family name|nachname|familienname|nom de famille|apellidos?|apelido|sobrenome"),
    ("given", r"first name|given name|vorname|prenom|primeiro nome"),
    (
        "manager",
        r"(?:line |direct )?manager|reports to|supervisor|vorgesetzte[rn]?|chef(?:in)?|fuhrungskraft|leitung"
        r"|responsable|superieure?|jef[ea]|gestora?|chefia|responsavel|superior",
    ),
    (
        "job",
        r"job(?: ?title)?|title|role|position|stelle|funktion|beruf|titel|poste|fonction|intitule|metier|puesto|cargo"
        r"|funcao|profissao",
    ),
    (
        "department",
        r"department|dept\.?|depto\.?|abteilung|bereich|service|departement|departamento|team|area|equipe|equipa",
    ),
    (
        "location",
        r"office|location|site|workplace|place|standort|buro|ort|dienstort|arbeitsort|lieu(?: de travail)?|bureau"
        r"|lugar|sede|oficina|centro(?: de trabajo)?|local(?: de trabalho)?|localizacao|escritorio|ubicacion",
    ),
    (
        "start",
        r"start(?:s|ing)?(?: date| day)?|first day|begins?|joining(?: date)?|eintritt(?:sdatum)?|beginn|start ?datum"
        r"|arbeitsbeginn|erster tag|arrivee|date d'arrivee|debut|date d'entree|entree|alta"
        r"|fecha(?: de (?:alta|inicio))?"
        r"|incorporacion|inicio|data(?: de (?:inicio|entrada|admissao))?|entrada|admissao",
    ),
    (
        "name",
        r"(?:full |employee )?name|vor- und nachname|mitarbeiter(?:in)?|nom(?: complet)?|nom et prenom"
        r"|nombre(?: completo)?|nombre y apellidos|nome(?: completo)?|colaborador(?:a)?|emplead[oa]|employee"
        r"|new (?:hire|starter)",
    ),
)
_LINE: Final = re.compile(r"[^\n;]+")
_FIELDS: Final = tuple(
    (name, re.compile(rf"^\W*(?:{pattern})\s*(?:[:=]|\s[-\N{{EN DASH}}]\s)\s*(?P<value>\S.*?)\s*$"))
    for name, pattern in _LABELS
)

_CAPITAL: Final = r"[A-Z\u00c0-\u00d6\u00d8-\u00de\u0160\u017d\u0141\u015a][\w'\u2019-]*\w"
_PARTICLE: Final = r"(?:de la|de los|van der|van den|van|von|zu|de|del|da|do|dos|das|di|du|le|la|y|e|el|bin|al|ten|ter)"
_NAME: Final = rf"{_CAPITAL}(?: (?:{_PARTICLE} )?{_CAPITAL}){{1,3}}"
_TITLE: Final = r"(?:(?:Mrs?|Ms|Dr|Herrn?|Frau|Mme|Mlle|M|Sra?|Srta|Sr\u00aa|Dra?)\.? )?"

# Somebody beside a word of coming; on the text as written, because a name is told by its capitals.
_COMES: Final = tuple(
    re.compile(one)
    for one in (
        rf"(?P<who>{_NAME})(?:,? (?:will|wird|va|vai))? (?:joins?|joining|starts?|starting|is (?:joining"
        rf"|starting)|begins?"
        r"|f\u00e4ngt|beginnt|startet|kommt|st\u00f6\u00dft|tritt|arrive|commence|rejoint|d\u00e9bute|int\u00e8gre"
        r"|empieza|comienza|se incorpora|entra|llega|come\u00e7a|junta-se|inicia|chega)\b",
        rf"(?:f\u00e4ngt|beginnt|startet|kommt|arrive|commence|rejoint|empieza|se incorpora|entra|come\u00e7a|chega)"
        rf"(?: [a-z\u00e4\u00f6\u00fc]+){{0,2}} {_TITLE}(?P<who>{_NAME})",
        rf"\b(?:[Ff]or|[Ff]\u00fcr|[Pp]our|[Pp]ara|namens|named|called|nomm\u00e9e?|llamad[oa]|chamad[oa]|[Nn]ame is|"
        rf"hei\u00dft|s'appelle|se llama|chama-se|[Uu]ser|[Aa]ccount|[Dd]e|[Aa]|[Ss]tarter|[Hh]ire|[Jj]oiner) "
        rf"{_TITLE}(?P<who>{_NAME})",
        rf"[,:(] ?{_TITLE}(?P<who>{_NAME})(?:,|\n|$)",
        rf"^\W*{_TITLE}(?P<who>{_NAME}),",
    )
)
_ME: Final = re.compile(
    r"\b(?:reports? to me|reporting to me|i(?: am|'m| will be) (?:the|her|his|their) (?:\w+ )?manager"
    r"|my new (?:report|team member)"
    r"|under me|manager (?:is )?me|ich bin (?:die |der )?(?:vorgesetzte|chef)\w*|berichtet an mich|mir unterstellt"
    r"|vorgesetzte\w* bin ich|sous ma responsabilite|je suis (?:son|sa|le|la) (?:responsable|manager)|me reporte"
    r"|responsable ?: ?moi|su jef[ea] soy yo|soy su (?:jef[ea]|responsable)|me reporta a mi|a mi cargo"
    r"|(?:gestora?|chefe|responsavel) sou eu|sou (?:o|a) (?:gestora?|chefe|responsavel)|reporta a mim)\b"
)
_MANAGER: Final = re.compile(
    r"\b(?:[Mm]anager|[Rr]eports? to|[Rr]eporting to|[Ss]upervisor|[Vv]orgesetzte[rn]?|[Cc]hef(?:in)?"
    r"|[Ff]\u00fchrungskraft"
    r"|[Rr]esponsable|[Ss]up\u00e9rieure?|[Jj]ef[ea]|[Gg]estora?|[Cc]hefe|[Rr]espons\u00e1vel"
    r"|[Rr]eporta a|[Uu]nter|[Uu]nder|[Ss]ous|[Bb]ajo|[Ss]ob|[Bb]oss)"
    r"(?: (?:is|will be|ist|wird|est|sera|es|ser\u00e1|\u00e9|hierarchique|directe?))?\s*:?,? "
    rf"{_TITLE}(?P<who>{_NAME}|{_CAPITAL})"
)
_JOB: Final = re.compile(
    r"\b(?:(?<!para )(?<!todas )(?<!com )as(?: an?| our| the)?|als(?: neue[rn]?)?|comme|en tant que"
    r"|como)\s+(?P<job>[^\n,.;:()\d]{3,50}?)"
    r"(?=\s+(?:in|at|for|im|bei|f\u00fcr|chez|au|aux|\u00e0|dans|en|no|na|em|from|ab|on|starting)\b|[\n,.;:()]|$)"
)
_BARE: Final = re.compile(rf"{_CAPITAL}(?: (?:&|and|und|et|y|e) {_CAPITAL})?")
_DEPARTMENT: Final = re.compile(
    rf"\b(?:(?:[Dd]epartment|[Dd]ept\.?|[Aa]bteilung|[Bb]ereich|[Ss]ervice|[Dd]\u00e9partement|[Dd]epartamento|[Tt]eam"
    rf"|[\u00c9\u00e9]quipe|[Ee]quipo|[Ee]quipa)(?: de| da| do| du| des)? (?P<behind>{_CAPITAL}(?: (?:&"
    rf"|and|und|et|y|e) {_CAPITAL})?)"
    rf"|(?:the |our |in )(?P<before>{_CAPITAL}(?: (?:&|and) {_CAPITAL})?) (?:department|dept|team)"
    rf"|(?:[Cc]hez|[Ii]n der|[Ii]n die|[Ii]m|[Ii]n|[Aa]t|[Aa]ux?|[Nn]as?"
    rf"|[Nn]os?) (?P<within>{_CAPITAL})(?= (?:in|\u00e0|en|em|at|from|ab) )"
    rf"|(?:joins?|rejoint|[Cc]hez) (?:the )?(?P<joined>{_CAPITAL})\b)"
)
_PLACE: Final = re.compile(
    rf"\b(?:in|at|\u00e0|en|em|at our|in our|B\u00fcro|Standort|Office|office|Sede|sede|site de"
    rf"|bureau de) (?:the )?(?P<place>{_CAPITAL})"
)


def newcomer_in(words: str, *, today: date) -> Newcomer:
    """Return what these words say of somebody who is to start."""
    form = _form(words, today=today)
    return form if form.called else _with_prose(form, words, today=today)


def lacks(found: Newcomer) -> tuple[str, ...]:
    """Return what is needed and was not said, in the order in which it is asked for."""
    said = {
        "name": found.called,
        "start": found.start,
        "department": found.department,
        "manager": found.manager,
        "location": found.location,
    }
    return tuple(one for one in NEEDED if not said[one])


def _form(words: str, *, today: date) -> Newcomer:
    found: dict[str, str] = {}
    for line in _lines(words):
        comparable = folded(line)
        for name, pattern in _FIELDS:
            if (match := pattern.match(comparable)) and name not in found:
                found[name] = line[slice(*match.span("value"))].strip(" .,")
                break
    # "Nom" beside "Prenom" is the family name, and "Nombre" beside "Apellidos" the given one.
    whole = found.get("name", "")
    given, family = found.get("given", ""), found.get("family", "")
    if whole and given and not family:
        family = whole
    elif whole and family and not given:
        given = whole
    elif whole and not given:
        given, _, family = whole.partition(" ")
    manager = found.get("manager", "")
    return Newcomer(
        given=given.strip(),
        family=family.strip(),
        job=found.get("job", ""),
        department=found.get("department", ""),
        manager="me" if re.split(r"\s*[(,]", folded(manager))[0] in _MYSELF else manager,
        location=found.get("location", ""),
        start=day_named(found["start"], today=today) if "start" in found else None,
    )


_MYSELF: Final = frozenset({"me", "myself", "ich", "mich", "moi", "yo", "eu", "mim"})


def _lines(words: str) -> list[str]:
    return [part for line in _LINE.findall(words) for part in re.split(r"\s+/\s+|\s+\|\s+", line)]


def _with_prose(found: Newcomer, words: str, *, today: date) -> Newcomer:
    comparable = folded(words)
    manager = found.manager or ("me" if _ME.search(comparable) else _group(_MANAGER, words, "who"))
    rest = words.replace(manager, " ") if manager and manager != "me" else words
    called = next((match["who"] for one in _COMES if (match := one.search(rest))), "")
    given, _, family = called.partition(" ")
    department = found.department or _group(_DEPARTMENT, rest, "behind", "before", "within", "joined")
    location = found.location or _place(rest.replace(called, " ") if called else rest, besides=department)
    if not (department or location):
        department, location = _bare(rest, besides=called)
    return replace(
        found,
        given=given,
        family=family,
        manager=manager,
        job=found.job or _group(_JOB, rest, "job"),
        department=department,
        location=location,
        start=found.start or day_named(words, today=today),
    )


def _bare(text: str, *, besides: str) -> tuple[str, str]:
    """Return department and place, said in this order with nothing around them, as they are asked for: "HSE, Leeds"."""
    parts = [one.strip(" .") for one in re.split(r"[,;\n]", text)]
    found = [one for one in parts if one != besides and _BARE.fullmatch(one)]
    return (found[0], found[1]) if len(found) == 2 else ("", "")


def _place(text: str, *, besides: str) -> str:
    """Return the one place that is named; a department is in the same place of a sentence, and is none."""
    found = {match["place"] for match in _PLACE.finditer(text)} - {besides}
    return found.pop() if len(found) == 1 else ""


def _group(pattern: re.Pattern[str], text: str, *names: str) -> str:
    for match in pattern.finditer(text):
        if value := next((match[name] for name in names if match[name]), ""):
            return value.strip()
    return ""
