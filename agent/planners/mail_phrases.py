"""What words about mailboxes and calendars say, in five languages: on or off, now or not, whose, and how far.

All patterns are matched on folded text (`wording.folded`). A phrase says what somebody may want, never what they may
have.
"""

import re
from typing import Final, Literal

from agent.planners.phrases import any_of
from agent.planners.wording import folded

# Something that runs is to stop.
OFF: Final = any_of(
    (
        r"\b(?:turn|switch|take|shut)(?:ed|ing)? (?:\w+[ '-]){0,6}?off\b|\b(?:disable|deactivate|stop"
        r"|cancel)\w*\b|\bend (?:my|the|it|this)\b",
        r"\bstill (?:on|showing|running|active|being sent|going out)\b|\b(?:remove|delete|drop|get rid of)\b"
        r"|\boff again\b",
        r"\bset (?:\w+[ '-]){0,4}?(?:to )?off\b|\b(?:i'm|i am) back\b",
        r"\b(?:ausschalt|abschalt|deaktivier|abstell|beend|entfern|losch|aufheb|stopp)\w*|\bwieder (?:aus|ab)\b",
        r"\b(?:schalt|stell|mach)\w*\b[^.!?\n]{0,60}?\b(?:aus|ab)\b|\blauft (?:immer )?noch\b"
        r"|\bbin (?:wieder )?zuruck\b",
        r"\bwieder da\b|\bweg damit\b",
        r"\b(?:desactiv|arret|coup|enlev|retir|supprim|stopp|annul|eteign|etein)\w*|\btourne encore\b|\bde retour\b",
        r"\b(?:desactiv|quit|apag|par[ae]d|elimin|borr|cancel|det[ei]n)\w*|\bsigue (?:saliendo|activ\w+|puest\w+)\b"
        r"|\b(?:ya )?he vuelto\b|\bya estoy de vuelta\b|\bdejad de\b|\bdeja(?:r)? de\b",
        r"\b(?:desativ|deslig|remov|retir|tir[ea]m?\b|pare[mn]?\b|parar|encerr|apagu)\w*|\bcontinua (?:ativ|activ)\w+"
        r"|\bja voltei\b|\bdeix\w+ de\b",
    )
)

# Something is to begin, which words about its end do not make an end.
ON: Final = any_of(
    (
        r"\b(?:activate|enable|set|put|start)\b|\b(?:turn|switch)(?:ed|ing)? (?:\w+[ '-]){0,5}?on\b",
        r"\b(?:aktivier|einschalt|einricht|setz)\w*|\bschalt\w*\b[^.!?\n]{0,60}?\b(?:an|ein)\b",
        r"\b(?:active[rz]?|mett\w+|mets)\b|\b(?:activ(?:ar|ad|en)|pon(?:er|ed|ga|gan|me)?)\b|\b(?:ativ\w+"
        r"|lig(?:ar|uem|a))\b",
    )
)
# It is so now, without an end that anybody could name yet.
NOW: Final = any_of(
    (
        r"\b(?:right now|from now|immediately|as of now|at once|straight away|until further notice|open[- ]ended)\b",
        r"\b(?:ill|sick|unwell|hospital\w*|flu|accident|bereavement)\b|\boff sick\b",
        r"\b(?:ab sofort|sofort|ab jetzt|jetzt|bis auf weiteres|auf unbestimmte zeit)\b",
        r"\b(?:krank\w*|erkrankt|klinik|grippe|unfall)\b",
        r"\b(?:des maintenant|tout de suite|immediatement|jusqu'a nouvel ordre|maladie|malade|hospitalis\w+|hopital)\b",
        r"\barret (?:de travail|maladie)\b",
        r"\b(?:desde ya|ahora mismo|ya mismo|de inmediato|hasta nuevo aviso|enferm\w+|de baja|hospital\w*"
        r"|ingresad\w+)\b",
        r"\b(?:a partir de agora|agora|imediatamente|ja a partir|ate novo aviso|doente|de baixa|internad\w+"
        r"|hospital)\b",
    )
)

# An absence of the one who writes, and one of somebody else, whoever writes of it.
MY_ABSENCE: Final = any_of(
    (
        r"\b(?:my|mein\w*|mon|ma|mes|mis?|meu|minha) (?:\w+[ -]){0,2}?(?:ooo|oof|out|auto\w*|absence\w*|away"
        r"|vacation\w*|leave"
        r"|abwesen\w*|urlaub\w*|message\w*|repondeur|reponse|fuera|respuesta|ausencia|aviso|mensaje|mensagem|resposta"
        r"|mail\w*|postfach|boite|buzon|caixa|outlook|vacances|conges|vacaciones|ferias)\b",
        r"\b(?:i'm|i am|i'll be|i will be) (?!\w+ (?:manager|boss|lead|supervisor))",
        r"\b(?:ich bin|bin ich|bin) (?!\w+ (?:chef\w*|vorgesetzt\w*|manager\w*))|\bje (?:pars|serai)\b",
        r"\bje suis (?!\w+ (?:responsable|chef\w*|manager))|\b(?:estare|me voy|estoy|estarei|vou|estou)\b",
    )
)
THEIR_ABSENCE: Final = any_of(
    (
        r"\b(?:er|il|el|he|she|elle|ella|ele|ela) (?:ist|is|est|esta|liegt|hat|has|a eu|tem|tiene)\b|\b(?:he|she)'s\b",
        r"\b(?:one of my|someone|somebody|a colleague|a co-?worker|a team ?mate)\b|\b(?:einen|eine"
        r"|jemanden?) aus (?:mein|unser)\w*",
        r"\b(?:einen?|meinen?|unseren?) (?:kolleg|mitarbeiter)\w*|\b(?:une?|mon|ma|notre) (?:collegue|collaborat\w+)\b",
        r"\b(?:una?|mi|nuestr[oa]) (?:companer[oa]|colega|emplead[oa])\b|\b(?:uma?|meu|minha|nosso"
        r"|nossa) (?:colega|colaborador\w*)\b",
        r"\b(?:her|him|his|their|she|he|ihre?[mnrs]?|ihm|seine?[mnrs]?|lui|elle|son|sa|su|sus|ella|ele|ela|seu"
        r"|sua|dela|dele)"
        r"(?: \w+)? (?:ooo|oof|out|auto\w*|absence|away|mailbox|e-?mail\w*|postfach|boite|messagerie|buzon"
        r"|correo|caixa|email"
        r"|is|ist|est|esta|behalf)\b",
        r"\b(?:for|fur|pour|para|a) (?:her|him|sie|ihn|elle|lui|ella|el|ela|ele)\b",
        r"\b[a-z][\w-]+'s (?:\w+ )?(?:mailbox|inbox|e-?mail|ooo|out of office|auto\w*|account)\b",
    )
)

# Mail or a calendar of the one who writes.
MY_MAIL: Final = any_of(
    (
        r"\b(?:my|all my|our) (?:\w+ ){0,2}?(?:e-?mails?|mails?|messages?|post|mailbox|inbox|outlook|account|stuff)\b",
        r"\bmein\w* (?:\w+ ){0,2}?(?:e-?mails?|mails?|nachrichten|post|postfach\w*|posteingang\w*|outlook|konto)\b",
        r"\b(?:mes|ma|mon) (?:\w+ ){0,2}?(?:e-?mails?|mails?|courriels?|messages?|messagerie|boite|courrier|outlook)\b",
        r"\b(?:mis?) (?:\w+ ){0,2}?(?:e-?mails?|mails?|correos?|mensajes?|buzon|bandeja|outlook)\b",
        r"\b(?:meus?|minhas?) (?:\w+ ){0,2}?(?:e-?mails?|mails?|mensagens|mensagem|correio|caixa|outlook)\b",
    )
)
_CALENDAR: Final = r"(?:calendars?|diary|agenda|kalenders?|terminkalenders?|calendrier|calendario|schedule)"
MY_CALENDAR: Final = any_of(
    (
        rf"\b(?:my|mein\w*|mon|mi|meu|o meu|a minha|minha) (?:\w+ ){{0,2}}?{_CALENDAR}\b",
        r"\b(?:when|if|whether) (?:i'm|i am) (?:free|busy)\b|\bmes disponibilites\b|\bsi estoy libre\b"
        r"|\bse estou livre\b",
    )
)
ROOM: Final = any_of(
    (
        r"\b(?:meeting|conference|board)?\s?rooms?\b|\braum\w*|\bbesprechungsr\w+|\bsitzungszimmer\w*|\bsalle\b",
        r"\bsala\b|\broom\w*[ -]calendar\b|\bequipment\b",
    )
)
ORGANISATION: Final = any_of(
    (
        r"\b(?:everybody|everyone|all (?:staff|colleagues|employees)|the whole (?:company|team|department))\b",
        r"\b(?:alle|allen|jeder|jeden|die ganze (?:firma|abteilung)|das ganze team)\b|\btout le monde\b|\btoute l'\w+",
        r"\btod[oa]s\b|\btod[oa] (?:o|el|la|a) \w+|\btoda a gente\b",
    )
)

Role = Literal["freeBusyRead", "limitedRead", "read", "write"]
_ROLES: Final[tuple[tuple[Role, re.Pattern[str]], ...]] = (
    (
        "freeBusyRead",
        any_of(
            (
                r"\bfree ?(?:or|and|/|-)? ?busy\b|\bavailability\b|\bwhen (?:i'm|i am) free\b|\bfrei ?(?:/|und|oder)",
                r"\bverfugbarkeit\b|\bdisponibilit\w+|\blibre\b.{0,12}\bocup\w+|\blivre\b.{0,12}\bocup\w+|\bfrei/",
            )
        ),
    ),
    (
        "limitedRead",
        any_of((r"\btitles?\b.{0,20}\b(?:places?|locations?)\b|\btitel\b.{0,12}\bort\b|\blimited details\b",)),
    ),
    (
        "write",
        any_of(
            (
                r"\b(?:write|edit\w*|change|modify|manage|book|full access|create)\b",
                r"\b(?:schreib\w*|bearbeit\w*|andern|verwalten|eintragen|vollzugriff|anlegen)\b",
                r"\b(?:modifier|ecriture|ecrire|gerer|editer|editeur)\b",
                r"\b(?:editar|escrib\w*|escritura|modificar|gestionar|editor)\b",
                r"\b(?:escrever|escrita|gerir|alterar)\b",
            )
        ),
    ),
)

# Who is written to is outside, or nobody can say that it is inside.
OUTSIDE: Final = any_of(
    (
        r"\b(?:private|personal|home|external|outside)\b|\b(?:g-?mail|gmx|yahoo|hotmail|outlook\.com|icloud|web\.de)\b",
        r"\b(?:privat\w*|extern\w*|auswart\w*)\b|\b(?:prive\w*|personnel\w*|externe?s?)\b",
        r"\b(?:privad\w+|personal|extern\w+|pessoal)\b",
    )
)
# Somebody who is gone, or whose mail is not the requester's.
FORMER: Final = any_of(
    (
        r"\b(?:former|ex|previous|departed)[ -]\w+|\bwho (?:has )?left\b|\b(?:ausgeschieden|ehemalig|fruher)\w*",
        r"\bancienn?e? (?:collegue|employe|salarie|chef)\w*|\bparti\w* de la (?:societe|boite)\b",
        r"\b(?:antigu[oa]|ex) ?(?:companer|emplead|compan)\w*|\b(?:antig[oa]|ex)[ -]?(?:colega|funcionari)\w*",
    )
)
SUSPICIOUS: Final = any_of(
    (
        r"\b(?:didn't|did not|never|haven't|have not) (?:\w+ )?(?:made?|create|set|add|know|recogni\w+|write)",
        r"\b(?:strange|odd|weird|unknown|suspicious|somebody else|someone else|hack\w*)\b",
        r"\bnicht (?:von mir|selbst |ich )?(?:\w+ )?(?:angelegt|erstellt|gemacht|eingerichtet)|\b(?:komisch"
        r"|seltsam)\w*",
        r"\b(?:verdachtig|unbekannt|merkwurdig|gehackt)\w*|\b(?:pas|jamais) (?:\w+ )?(?:cree|fait|mise?)\w*",
        r"\b(?:bizarre|etrange|inconnue?|suspecte?|piratee?)s?\b|\b(?:no|nunca) (?:la |lo )?(?:he )?(?:cre|hice"
        r"|hech)\w*",
        r"\b(?:rar[oa]|extran[oa]|desconocid[oa]|sospechos[oa])s?\b|\b(?:nao|nunca) (?:a |o )?(?:cri|fiz)\w*",
        r"\b(?:estranh[oa]|desconhecid[oa]|suspeit[oa])s?\b",
    )
)
NEW_RULE: Final = any_of(
    (
        r"\b(?:create|make|build|need|want|set up|add|have) (?:me |us )?(?:an?|one|a new) (?:\w+ ){0,3}?rule\b"
        r"|\bnew rule\b",
        r"\bregel\w*\b[^.!?\n]{0,20}\b(?:anlegen|erstellen|einrichten)\b|\bneue \w*regel\b|\bbrauche \w* ?\w*regel\b",
        r"\b(?:erstell|leg|mach|richte)\w* (?:mir |uns )?(?:bitte )?eine (?:\w+ )?\w*regel\b",
        r"\b(?:cree[rz]?|faites|faire|faut|ajoute[rz]?|voudrais|nouvelle)(?:[ -]moi)? (?:une )?(?:nouvelle )?regle\b",
        r"\b(?:crea(?:r|d|dme|me)?|haced(?:me)?|haz(?:me)?|necesito|quiero|nueva) (?:una )?(?:nueva )?regla\b",
        r"\b(?:cri\w+|facam|faz|preciso de|quero|nova)(?:-me|-nos)? (?:uma )?(?:nova )?regra\b",
    )
)

_QUOTES: Final = (
    re.compile("\u201c([^\u201d]+)\u201d"),
    re.compile('\u201e([^\u201c\u201d"]+)[\u201c\u201d"]'),
    re.compile("\u00ab([^\u00bb]+)\u00bb"),
    re.compile("\u00bb([^\u00ab]+)\u00ab"),
    re.compile('"([^"]+)"'),
)
_ANNOUNCED: Final = re.compile(
    r"\b(?:text|message|wording|saying|nachricht|wortlaut|texte|mensaje|texto|mensagem)\s?(?:is"
    r"|lautet)?\s?:\s*(\S[^\n]*)"
)
_ADDRESS: Final = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")


def role_in(comparable: str) -> Role | None:
    """Return the role in a calendar that folded words ask for; None when they name none."""
    return next((role for role, pattern in _ROLES if pattern.search(comparable)), None)


def quoted_text(words: str) -> str:
    """Return what stands in quotes, or after "text:", as written; empty when there is nothing or more than one."""
    found: list[str] = [text.strip() for pattern in _QUOTES for text in pattern.findall(words)]
    if len(found) == 1:
        return found[0]
    announced = _ANNOUNCED.search(folded(words))
    return words[slice(*announced.span(1))].strip() if announced and not found else ""


def addresses_in(words: str) -> tuple[str, ...]:
    """Return the mail addresses in a text, each once, in order."""
    return tuple(dict.fromkeys(one.group(0).rstrip(".-") for one in _ADDRESS.finditer(words)))
