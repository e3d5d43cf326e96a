"""What words about sign-in protection and journeys say, in five languages: weaker or stronger, where to, what for.

All patterns are matched on folded text (`wording.folded`).
"""

import re
from typing import Final

from agent.planners.phrases import any_of

# A policy is to protect nobody any more, or only to report.
POLICY_OFF: Final = any_of(
    (
        r"\b(?:disable|deactivate|suspend|pause|bypass|delete|remove)\w*\b|\b(?:turn|switch)(?:ed"
        r"|ing)? (?:\w+ ){0,8}?off\b",
        r"\b(?:turn|switch)(?:ed|ing)? off\b|\breport[- ]only\b|\baudit mode\b",
        r"\b(?:ausschalt|abschalt|deaktivier|losch|aussetz|pausier)\w*|\bnur (?:noch )?(?:bericht|melden|protokoll)\w*",
        r"\b(?:schalt|stell)\w*\b[^.!?\n]{0,60}?\b(?:aus|ab)\b|\bberichtsmodus\b|\breport only\b",
        r"\b(?:desactiv|suspend|supprim|coup)\w*|\brapport(?:s)? (?:seul|uniquement)\w*|\bmode rapport\b",
        r"\b(?:desactiv|suspend|elimin|borr|apag)\w*|\bsolo (?:de )?informe\w*|\bmodo informe\b",
        r"\b(?:desativ|deslig|suspend|elimin|apag)\w*|\bso (?:em |de )?relatorio\w*|\bmodo (?:de )?relatorio\b",
    )
)
POLICY_ON: Final = any_of(
    (
        r"\b(?:enable|activate|enforce)\w*\b|\b(?:turn|switch)(?:ed|ing)? (?:\w+ ){0,6}?on\b|\b(?:aktivier"
        r"|einschalt)\w*",
        r"\b(?:activer|activez|active)\b|\b(?:activad|activar|activa)\b|\b(?:ativar|ativem|ativa)\b",
    )
)
FACTOR: Final = re.compile(r"\b(?:mfa|2fa|multi-?fa[ck]\w+|two[- ]factor|zwei-?faktor\w*|doble factor|dois fatores)\b")

# Why somebody is abroad: for the company, or not.
REASON: Final = any_of(
    (
        r"\b(?:customer|client|conference|congress|trade fair|fair|training|business|supplier|audit|project"
        r"|workshop|work)",
        r"\b(?:holiday|vacation|family|private|wedding|funeral)\b",
        r"\b(?:kunde|kundin|kunden|konferenz|kongress|messe|schulung|dienst|geschaft|lieferant|projekt|arbeit)\w*",
        r"\b(?:urlaub|ferien|familie|privat|hochzeit|beerdigung)\w*",
        r"\b(?:clients?|conference|congres|salon|formation|professionnel\w*|deplacement|fournisseur|projet"
        r"|travail\w*)\b",
        r"\b(?:vacances|conges|famille|prive|mariage|obseques)\b",
        r"\b(?:clientes?|congreso|feria|formacion|negocios?|proveedor|proyecto|trabajo|trabajar|obra)\b",
        r"\b(?:vacaciones|familia|privad\w+|boda|funeral)\b",
        r"\b(?:conferencia|congresso|feira|formacao|negocios|fornecedor|projeto|trabalho|trabalhar)\b",
        r"\b(?:ferias|familia|casamento)\b",
        # What somebody is there for, whatever it is.
        r"\bfor (?:the|an?|our|my) (?!next|coming|week|month|whole|time|days?)\w+|\b(?:fur (?:die|das|den|eine?n?"
        r"|unser\w*)|wegen"
        r"|zu[rm]) (?!nachst\w+|zeit)\w{4,}|\bpour (?:le|la|les|une?|notre) \w{4,}|\bpara (?:el|la|los|un|una|o|a|os"
        r"|as|um"
        r"|uma) \w{4,}",
    )
)

# Where to: after the words that lead to a place, with a capital letter as people write countries and cities.
_TO: Final = re.compile(
    r"\b(?:[Tt]o|[Ii]n|[Ff]rom|[Ff]or|[Nn]ach|[Aa]us|[Ii]m|[Aa]u|[Aa]ux|[Ee]n|[Dd]epuis l[ea]|[Dd]epuis|[Dd]e"
    r"|[Dd]esde|[Aa]|[Pp]ara o|[Pp]ara a"
    r"|[Pp]ara|[Dd]a|[Dd]o|[Nn]o|[Nn]a|[Dd]ans l[ea]s?)\s+(?:the |la |le |les |l'|el |o |a |den |die )?"
    r"(?P<place>[A-Z\u00c0-\u00de][\w'-]{2,}(?: (?:of |and |und |et |y |e )?[A-Z\u00c0-\u00de][\w'-]+){0,2})"
)
_NO_PLACE: Final = re.compile(
    r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august"
    r"|september|october|november|december|montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|januar|februar"
    r"|marz|mai|juni|juli|oktober|dezember|urlaub|ausland|kunden\w*|outlook|teams|mfa|it|office|microsoft|sharepoint"
    r"|vpn|homeoffice|home|intune|entra|authenticator)\b"
)
# Countries that people write in small letters too; a bound list of where people of five languages mostly travel.
_COUNTRIES: Final = any_of(
    (
        r"\b(?:brazil|brasil\w*|bresil|norway|norwegen|norvege|noruega|sweden|schweden|suede|suecia|denmark"
        r"|danemark|dinamarca)\b",
        r"\b(?:china|chine|india|indien|inde|japan|japon|japao|korea|coree|corea|coreia|thailand|thailande"
        r"|tailandia)\b",
        r"\b(?:usa|us|etats-unis|vereinigte staaten|estados unidos|united states|canada|kanada|mexico|mexiko"
        r"|mexique)\b",
        r"\b(?:turkey|turkei|turquie|turquia|egypt|agypten|egypte|egipto|egito|morocco|marokko|maroc|marruecos"
        r"|marrocos)\b",
        r"\b(?:south africa|sudafrika|afrique du sud|sudafrica|africa do sul|kenya|kenia|dubai|vae|uae|qatar|katar)\b",
        r"\b(?:singapore|singapur|singapour|singapura|vietnam|malaysia|indonesia|indonesien|australia|australien)\b",
        r"\b(?:poland|polen|pologne|polonia|italy|italien|italie|italia|greece|griechenland|grece|grecia|ukraine"
        r"|ucrania)\b",
        r"\b(?:argentin\w+|chile|chili|colombia|kolumbien|colombie|peru|perou|angola|mozambique|mocambique"
        r"|cabo verde)\b",
        r"\b(?:switzerland|schweiz|suisse|suiza|suica|croatia|kroatien|croatie|croacia|hungary|ungarn|hongrie"
        r"|hungria)\b",
    )
)


def place_in(words: str, comparable: str) -> str:
    """Return where to somebody travels, as written, or empty; `comparable` are the same words, folded."""
    if known := _COUNTRIES.search(comparable):
        return words[slice(*known.span())]
    for match in _TO.finditer(words):
        if not _NO_PLACE.match(comparable[slice(*match.span("place"))]):
            return match.group("place")
    return ""
