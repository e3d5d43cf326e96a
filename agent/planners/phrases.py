"""The phrases that the runbook planner knows, in English, German, French, Spanish and Portuguese.

All patterns are matched on folded text (`wording.folded`): lower case and no accents. A phrase is data: it
says what somebody may want, never what they may have.
"""

import re
from collections.abc import Sequence
from typing import Final

from agent.planners.asks import Intent


def any_of(patterns: Sequence[str]) -> re.Pattern[str]:
    """Return one pattern that matches where any of `patterns` does. `.` does not cross a line."""
    return re.compile("|".join(f"(?:{one})" for one in patterns))


PASSWORD = any_of(
    (
        r"\bpass ?words?\b|\bpass ?code\b|\bpwd\b|\bpasswort(?:es)?\b|\bkennwort(?:es)?\b",
        r"\bmots? de passe\b|\bmdp\b|\bcontrasena\b|\bclave\b(?! de recuperacion| bitlocker)|\bsenha\b"
        r"|\bpalavra[- ]passe\b|\b(?:a|minha|la|sua|tua) pass\b",
    )
)

# What makes a mention of a password a request for a new one.
RESET = any_of(
    (
        r"\bre-?set(?:ting)?\b|\bforg[eo]t(?:ten)?\b|\bexpired\b|\bnew\b|\blost\b",
        r"\b(?:don't|can't|cannot) remember\b",
        r"\bzuruck(?:zu)?setz|\bsetz\w*\b.{0,40}\bzuruck\b|\bvergessen\b|\bneues?\b|\bnicht mehr\b",
        r"\babgelaufen\b",
        r"\boublie|\breinitialis|\bnouveau\b|\bexpire\b|\bperdu\b",
        r"\bolvid|\brestablec|\bresete|\bnueva\b|\bcaducad|\brecuperar\b",
        r"\besquec|\bredefin|\brepor\b|\bresetar\b|\bnova\b|\bexpirou\b",
    )
)

SESSIONS = any_of(
    (
        r"\b(?:sign|log) (?:me |my account )?out (?:of )?(?:all|every|any)",
        r"\b(?:revoke|end|kill|terminate|close) (?:(?:all|of|my|active|open|other|sign-?in) )*sessions\b",
        r"\b(?:uberall|von allen geraten|aus allen sitzungen) ab(?:zu)?(?:ge)?meld",
        r"\bmeld\w* (?:sie )?mich (?:bitte )?(?:uberall|von allen|auf allen|aus allen)",
        r"\bsitzungen (?:beenden|widerrufen|schlie(?:ss|ß)en)",
        r"\b(?:beende|widerrufe?)\w* (?:bitte )?(?:alle )?(?:meine )?sitzungen",
        r"\bdeconnect\w*(?:[- ]moi)? (?:de )?(?:partout|tous|toutes)",
        r"\b(?:revoqu|ferm|termin)\w* (?:toutes )?mes sessions",
        r"\b(?:cierr\w*|cerrar|revo[cq]\w*|termin\w*) (?:todas )?(?:mis |las )?sesiones",
        r"\b(?:termin\w*|encerr\w*|revog\w*|fech\w*) (?:todas )?(?:as )?(?:minhas )?sessoes",
    )
)

OTHERS_SESSIONS = any_of(
    (
        r"\b(?:sign|log) (?!me\b|my\b|out\b)[\w.@'-]+(?: [\w'-]+)? out (?:of )?(?:all|every|any)",
        r"\b(?:revoke|end|kill|terminate|close) (?!all\b|my\b|of\b|active\b|open\b|sign)[\w.@-]+'s? (?:\w+ )?sessions",
        r"\b(?:revoke|end|kill|terminate|close) (?:all )?(?:of )?(?:his|her|their) (?:\w+ )?sessions",
        r"\bsessions? (?:of|for) (?!my\b|me\b|mine\b)\w",
    )
)

_FACTOR = r"(?:authenticator|mfa|2fa|multi-?factor|approval app|authentif\w+|autentic\w+)"

ACCESS_PASS = any_of(
    (
        r"\btemporary access pass\b|\b(?:befristete[rn]?|temporare[rn]?) zugriffspass\b",
        r"\bpasse d'acces temporaire\b",
        r"\bpase (?:de acceso )?temporal\b|\bpasse (?:de acesso )?temporario\b",
        rf"\b(?:new|lost|broken|changed|replaced)\b.{{0,50}}\b{_FACTOR}\b",
        rf"\b(?:reset|recover|re-?register) (?:my )?{_FACTOR}\b",
        rf"\b{_FACTOR}\b.{{0,30}}\b(?:gone|lost|reset|broken|wiped|deleted|weg|verloren|zuruck\w*|perdue?|disparu"
        rf"|perdid\w+)\b",
        rf"\b(?:neues?|verloren\w*) (?:handy|telefon|smartphone|diensthandy)\b.{{0,60}}\b{_FACTOR}\b",
        rf"\bnouveau (?:telephone|portable|mobile|smartphone)\b.{{0,60}}\b{_FACTOR}\b",
        rf"\b(?:nuevo (?:movil|telefono)|(?:movil|telefono) nuevo)\b.{{0,60}}\b{_FACTOR}\b",
        rf"\b(?:novo (?:telemovel|celular|telefone)|(?:telemovel|celular|telefone) novo)\b.{{0,60}}\b{_FACTOR}\b",
    )
)

# Somebody who wants less protection, not recovery.
WEAKEN = any_of(
    (
        rf"\b(?:turn|switch)(?:ing)? off\b.{{0,30}}\b{_FACTOR}\b",
        rf"\b(?:disable|skip|bypass|exempt)\b.{{0,40}}\b{_FACTOR}\b",
        rf"\b(?:out of|without|remove|stop)\b.{{0,20}}\b{_FACTOR}\b",
        rf"\b{_FACTOR}\b.{{0,30}}\b(?:off|aus|abschalten|ausschalten)\b",
        rf"\bd[ei]s?activ\w*\b.{{0,30}}\b{_FACTOR}\b|\bdeaktivier\w*\b.{{0,30}}\b{_FACTOR}\b",
        rf"\bdesativ\w*\b.{{0,30}}\b{_FACTOR}\b",
        rf"\b{_FACTOR}\b.{{0,30}}\b(?:deaktivieren|desactiver|desactivar|desativar)\b",
    )
)

# Signs of an attack or a lost device, which a person must see whatever else is asked.
INCIDENT = any_of(
    (
        r"\bphish|\bhacked\b|\bcompromised\b|\bsuspicious\b|\bmalware\b|\bvirus\b|\bransomware\b|\bstolen\b",
        r"\b(?:weird|strange|unexpected) (?:prompts?|sign-?ins?|logins?)\b",
        r"\bclicked (?:on )?(?:a|the|that|this|some) link\b",
        r"\bis (?:this|it|that) (?:\w+ ){0,3}(?:real|genuine|legit\w*|phishing|safe|spam|scam)\b",
        r"\bist (?:das|die|diese\w*) (?:\w+ ){0,3}(?:echt|serios|phishing|sicher)\b",
        r"\best-ce (?:\w+ ){0,4}(?:vrai\w*|authentique|legitime|sur)\b|\bes(?:te?a?)? (?:\w+ ){0,3}(?:autentic"
        r"|legitim|fiable)\w*",
        r"\be (?:mesmo )?(?:verdadeir|autentic|legitim|fidedign)\w+",
        r"\blost my (?:\w+ )?(?:phone|laptop|device|iphone|tablet)\b",
        r"\bgehackt\b|\bkompromittiert\b|\bverdachtig|\bgestohlen\b|\bgeklaut\b|\blink geklickt\b",
        r"\b(?:handy|laptop|telefon|gerat)\b.{0,20}\bverloren\b",
        r"\bpirate\b|\bsuspect\b|\bvole\b|\bclique (?:sur|dans)\b",
        r"\bperdu mon (?:\w+ )?(?:telephone|portable|ordinateur|iphone)\b",
        r"\bhackead|\bsospechos|\brobad[oa]",
        r"\bhe perdido (?:el|mi) (?:movil|telefono|iphone|portatil)|\bhice clic\b",
        r"\bhackeado\b|\bsuspeit|\broubad[oa]|\bcliquei (?:num|no|em)\b",
        r"\bperdi (?:o|meu|o meu) (?:telemovel|celular|telefone)\b",
        r"\b(?:unknown|strange|weird|odd) (?:\w+ )?rules?\b|\brules? (?:that |which )?i (?:did ?n[o']t"
        r"|never) (?:make|made"
        r"|set|create|add)",
        r"\b(?:unbekannte|fremde|komische|seltsame)\w* (?:\w+)?regel\w*|\bregel\w*,? die ich nicht\b",
        r"\bregles? (?:\w+ )?(?:inconnue|bizarre|etrange)s?\b|\bregles? que je n'ai (?:pas|jamais)\b",
        r"\breglas? (?:desconocid|rar|extran)as?\b|\breglas? que (?:yo )?(?:no he|nunca)\b",
        r"\bregras? (?:desconhecid|estranh)as?\b|\bregras? que (?:eu )?(?:nao|nunca)\b",
    )
)

NEGATED = any_of(
    (
        r"\b(?:do not|don't|dont|never|please not) (?:\w+ ){0,2}?(?:reset|change|add|remove|assign|revoke|sign|give)\b",
        r"\b(?:do not|don't|dont|never|please not) (?:\w+ ){0,2}?(?:replace|swap)\b",
        r"\b(?:do not|don't|dont|would not|wouldn't) (?:want|like|wish) (?:\w+ ){0,3}to (?:be )?(?:reset|chang|add"
        r"|remov"
        r"|assign|revok|replac|giv)\w*",
        r"\bnicht (?:\w+ )?durch \w+ (?:\w+ ){0,3}?ersetz|\bnicht ersetz|\bne remplace\w* pas\b"
        r"|\bno (?:\w+ )?sustitu\w+"
        r"|\bnao (?:\w+ )?substitu\w+",
        r"\bnicht (?:zuruck|hinzu|entfern|abmeld|zuweis|andern)",
        r"\bne (?:\w+[- ])?(?:reinitialis|ajoute|retire|change|attribu)\w*(?:[- ]\w+)? pas\b",
        r"\bno (?:me )?(?:restable|cambi|anad|agreg|quit|asign)",
        r"\bnao (?:me )?(?:redefin|reset|adicion|remov|mud|atribu)",
    )
)

# A password that was typed where it does not belong: somebody tells of it, and has doubts.
TYPED: Final = any_of(
    (
        r"\b(?:entered|typed|put in|gave|given|(?:logged|signed) (?:\w+ )?(?:in|on|into)) .{0,40}\bmy"
        r" (?:\w+ ){0,3}(?:password|credentials|pw|login|account)\b",
        r"\bmein\w* (?:\w+ )?(?:passwort|kennwort|zugangsdaten|anmeldedaten|login)\b.{0,30}\b(?:eingegeben"
        r"|eingetippt|getippt"
        r"|angegeben|eingetragen|verraten)",
        r"\b(?:saisi|entre|tape|donne|mis|rentre) (?:\w+ )?(?:mon (?:mot de passe|mdp)|mes (?:identifiants|codes))",
        r"\b(?:puse|meti|introduje|escribi|di|he (?:puesto|metido|introducido)) (?:\w+ )?mis? (?:contrasena|clave|datos"
        r"|credenciales)",
        r"\b(?:pus|meti|introduzi|escrevi|dei|coloquei) (?:la )?(?:a |as |os )?minhas? (?:password|pass"
        r"|palavra-passe|senha"
        r"|credenciais)",
    )
)
# With these alone such a sentence tells of a trick. A page that stays blank is more often a page that is broken, so it
# counts only where somebody was led there.
DOUBTED: Final = any_of(
    (
        r"\b(?:fake|phony|bogus|dodgy|fishy|scam\w*|spoof\w*|daft|stupid|silly|panic\w*|oops|not (?:really"
        r"|actually) (?:from|the))\b",
        r"\b(?:was|is)(?: not|n't) (?:really |actually )?(?:real|genuine|from|docusign|microsoft|ours?|us)\b",
        r"\b(?:gefalscht|gefaelscht|unecht|nicht echt|betrug|reingefallen|dumm|doof|war das echt)\b",
        r"\b(?:faux|fausse|louche|arnaque|pas (?:vrai\w*|authentique)|betise)\b",
        r"\b(?:fals[oa]|estafa|timo|no era (?:real|de verdad))\b",
        r"\b(?:fals[oa]|burla|nao era (?:verdadeir[oa]|a serio))\b",
    )
)
LED_ASTRAY: Final = any_of(
    (
        r"\b(?:links?|e-?mails?|sms|text|qr|message)\b.*\b(?:weird|strange|odd|blank|white|empty|nothing happened)\b",
        r"\b(?:links?|e-?mails?|sms|qr|nachricht)\b.*\b(?:komisch|seltsam|merkwurdig|leer|passierte nichts"
        r"|nichts passiert)\b",
        r"\b(?:liens?|e-?mails?|courriel|sms|qr|message)\b.*\b(?:bizarre|etrange|vide|blanche?|rien ne s'est passe)\b",
        r"\b(?:enlaces?|correos?|sms|qr|mensaje)\b.*\b(?:rar[oa]|extran[oa]|vaci[oa]|en blanco|no paso nada)\b",
        r"\b(?:links?|e-?mails?|sms|qr|mensagem)\b.*\b(?:estranh[oa]|vazi[oa]|em branco|nao aconteceu nada"
        r"|esquisit[oa])\b",
    )
)

# Words that hardly mean anything else, each before the ranking.
_FIXED = (
    (
        "access_review",
        r"\b(?:am i|bin ich(?: schon| noch)?(?: mitglied)?|suis-je|est-ce que je suis|estoy yo"
        r"|estou eu)(?: still| already)? "
        r"(?:a member of|in|im|dans|en|no|na|membre)\b(?=.{0,30}\b(?:group|gruppe|groupe|grupo|team|equip\w|sg"
        r"|list\w?)\b)",
    ),
    (
        "access_review",
        r"^(?!.*\b(?:add|put|remove|take|hinzu\w*|entfern\w*|aufnehm\w*|ajout\w*|retir\w*|anad\w*|agreg\w*|quit\w*"
        r"|adicion\w*|remov\w*|invit\w*|e-?mail|write|schreib\w*)\b)(?:.*[^\w])?(?:"
        r"(?:list|show|send|give|name|get)\w* (?:\w+ ){0,3}(?:all |the )*members (?:of|in)"
        r"|who (?:is|are|all is) (?:\w+ ){0,2}members? (?:of|in)|which members (?:does|has)|member ?list of"
        r"|wer (?:ist|sind) (?:\w+ )?mitglied(?:er)? (?:in|im|der|des|von)|mitgliederliste (?:von|der|des|unser\w*)"
        r"|qui (?:est|sont) (?:les )?membres? (?:de|du|des)|quels sont les membres (?:de|du|des)"
        r"|liste des membres (?:de|du|des)"
        r"|quien(?:es)? (?:es|son) (?:los )?miembros? (?:de|del)|lista de (?:los )?miembros (?:de|del)"
        r"|quem (?:e|sao) (?:os )?membros? (?:de|do|da)|lista d[eo]s? membros (?:de|do|da))\b",
    ),
    (
        "data_access",
        r"\b(?:access|zugriff|zugang|acces|acceso|acesso) (?:to|auf|zu[mr]?|aux?|a|al|ao|a la|aos?)"
        r" (?:the |das |die |den |la |le |les |el |o |os |as )?(?:his|her|their|sein\w*|ihr\w*|deren|dessen|son|sa"
        r"|ses|leurs?|sus?"
        r"|seus?|suas?) (?:\w+ ){0,2}(?:e?-?mails?|mailbox|inbox|one ?drive|files?|documents?|postfach|mails?"
        r"|dateien|ablage"
        r"|boite|messagerie|fichiers|documents|buzon|correos?|archivos|documentos|caixa|ficheiros|emails)\b",
    ),
    (
        "account_enable",
        r"\b(?:switch|turn|put)(?:ed|ing)? (?:\w+ ){0,3}(?:login|account|access|sign-?in) (?:\w+ )?back on\b"
        r"|\bback on (?:the )?"
        r"(?:login|account)\b|\bre-?(?:enable|activate|open) (?:\w+ ){0,4}(?:account|login|access)\b"
        r"|\b(?:konto|zugang|account|anmeldung) (?:\w+ ){0,4}wieder (?:\w+ )?(?:freischalt\w*|aktivier\w*"
        r"|einschalt\w*|entsperr\w*"
        r"|offn\w*)|\breactive[rz]? (?:\w+ ){0,3}compte|\breactiv\w+ (?:\w+ ){0,3}(?:cuenta|acceso)"
        r"|\breativ\w+ (?:\w+ ){0,3}(?:conta|acesso)",
    ),
    (
        "account_lookup",
        r"\b(?:what(?:'s| is| are)|wie (?:lautet|hei(?:ss|ß)t|ist)|was ist|quel(?:le)?s? (?:est|sont)"
        r"|cual(?:es)? (?:es|son)"
        r"|qual e|quais sao) (?:\w+ )?(?:my|mein\w*|mon|ma|mes|mi|mis|(?:o |a )?(?:meu|minha))\b(?=.{0,40}\b(?:job"
        r"|title"
        r"|position|titel|funktion|intitule|poste|fonction|cargo|puesto|titulo|department|abteilung|departement|service"
        r"|departamento|manager|vorgesetzt\w*|responsable|chef\w*|jef[ae]|chefia|office|buro|bureau|oficina|escritorio"
        r"|user ?name|benutzername|identifiant|usuario|utilizador)\b)",
    ),
    (
        "profile",
        r"(?s)^(?!.*\b(?:departments?|abteilung|departement|service|departamento|moves?|moving|wechsel\w*|versetz\w*"
        r"|passe|pasa"
        r"|passa|mud[ao]|managers?|vorgesetzt\w*|responsable|jef[ea]|chefia)\b)"
        r".*\b(?:job ?title|jobtitel|stellenbezeichnung|berufsbezeichnung|intitule(?: de poste)?|cargo|puesto)\b"
        r"(?=(?: \w+){0,4} (?:to|is|zu|auf|ist|lautet|a|est|es|e|para)\b)",
    ),
    (
        "group_create",
        r"\b(?:creat\w+|new|make|set ?up|anleg\w*|erstell\w*|neue\w*|cre\w+|nouve\w+|nuev\w+|cri\w+"
        r"|nov[oa])\b.{0,60}\b(?:role-? ?assignable"
        r"|rollenzuweisbar\w*|assignable a des roles|asignable a roles|atribuivel a funcoes)",
    ),
    (
        "team_create",
        r"\b(?:want|need|would like|create|set up|brauch\w*|mocht\w*|erstell\w*|anleg\w*|voudr\w+|creer|creez"
        r"|besoin d'une"
        r"|necesit\w+|quier\w+|crear?|preciso(?: de)?|quer\w+|criar?|criem)(?: \w+)? (?:an?|eine?|une|un|uma|um)"
        r" (?:new|neues|nouvelle|nuev[oa]|nov[oa]) (?:\w+ ){0,2}(?:teams?(?!-)|equipe|equipo|equipa)\b(?! (?:member"
        r"|mitglied))",
    ),
    (
        "software",
        r"\blocal admin\w*|\blokale[nr]? admin\w*|\badmin-?rechte? (?:auf|fur) (?:mein|den|dem|diese)"
        r"|\badmin(?:istrateur)? "
        r"local\b|\badministrador local\b|\badmin rights on my\b",
    ),
    (
        "app_registration",
        r"\b(?:app(?:likation|lication)?-?registr\w+|app-?registrierung\w*|client[- ]secret|service principal"
        r"|enterprise app)"
        r"|\b(?:owner|besitzer\w*|proprietaire|propietari[oa]|proprietari[oa]|don[oa])\b.{0,20}\b(?:app|application"
        r"|applikation"
        r"|aplicacion|aplicacao|anwendung)\b",
    ),
    (
        "conditional_access",
        r"\breport-? ?only\b|\bnur[- ]bericht\w*|\bberichtsmodus\b|\bmode rapport\b|\bsolo informes?\b"
        r"|\bconditional access (?:policy|rule)"
        r"|\brichtlinien? [\w-]*[-\d][\w-]* ",
    ),
)
FIXED: Final = tuple((Intent(value), re.compile(pattern)) for value, pattern in _FIXED)

HOW_TO = any_of(
    (
        r"\bhow (?:do|does|can|could|to|should)\b|\bwie (?:kann|konnen|setze|andere|bekomme|geht)\b",
        r"\bcomment (?:faire|puis|je|peut|on|reinit|\w+[ei]r\b)|\bcomo (?:puedo|podemos|hago|cambio|activo"
        r"|comparto|configuro|se|posso|podemos|faco|mudo|altero|partilho|configur\w+)\b",
    )
)
