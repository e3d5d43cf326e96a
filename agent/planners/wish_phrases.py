"""What people say beside a wish that tells it apart from another: making, inviting, taking away, from and to.

All patterns are matched on folded text (`wording.folded`), in five languages.
"""

import re
from typing import Final

INSTALLS: Final = re.compile(r"\b(?:re)?install(?:ier\w*|ez|er|e[zs]?|ation|ing)?\b|\b(?:re)?instal(?!ac)\w*\b")
CREATES: Final = re.compile(
    r"\b(?:creat\w+|new|fresh|set ?up|make|making|turn|convert|anleg\w*|erstell\w*|einricht\w*|neue[rsn]?"
    r"|aufsetz\w*|mach\w*"
    r"|cre\w+|nouvel\w*|nouveau|ouvr\w+|transform\w+|nuev[oa]|abr\w+|mont\w+|convert\w+|cri\w+|nov[oa]|open)\b"
    r"|\b(?:an?|eine?|une?|un|uma?) (?:\w+ ){0,3}(?:teams?|group|gruppe|equipe|groupe|equipo|grupo|equipa|channel"
    r"|kanal)\b"
)
# Something is wanted where programs are.
ON_MY_DEVICE: Final = re.compile(
    r"\b(?:on|for) (?:my|the) (?:\w+ )?(?:laptop|notebook|pc|computer|machine|desktop|mac\w*)\b"
    r"|\bauf (?:mein\w*|dem|den) (?:\w+ )?(?:laptop|notebook|pc|rechner|computer|gerat|mac\w*)\b"
    r"|\bsur (?:mon|le) (?:\w+ )?(?:poste|ordi\w*|pc|portable|mac\w*)\b"
    r"|\ben (?:mi|el) (?:\w+ )?(?:portatil|ordenador|pc|equipo|mac\w*)\b"
    r"|\bno (?:meu |)(?:portatil|computador|pc|mac\w*)\b"
)
# The beginning of a half sentence that has somebody go, or come.
TAKES_OUT: Final = re.compile(
    r"\s*(?:please |then |bitte |dann )?(?:take|remove|drop|kick|nimm|nehmt|entfern\w*|werft|retire[rz]?|enleve[rz]?"
    r"|sors|sortez"
    r"|quita\w*|saca\w*|tir[ae]\w*|remov\w*)\b(?!.*\b(?:auf|rein|dazu)\b)"
)
PUTS_IN: Final = re.compile(
    r"\s*(?:please |then |bitte |dann )?(?:add|put|include|fug\w*|setz\w*|pack\w*|ajoute[rz]?|mets|mettez"
    r"|anad\w*|agreg\w*"
    r"|met[ea]\w*|pon\w*|adicion\w*|acrescent\w*|coloc\w*|inclu\w*)\b"
)
RECOVERS: Final = re.compile(r"\bbitlocker\b|\brecover\w*|\bwiederherstell\w*|\brecup\w*")
INVITES: Final = re.compile(r"\binvit\w+|\beinlad\w*|\blad(?:e|et|en|t)?\b.{0,60}\bein\b|\bconvid\w+")
OWNS_ALREADY: Final = re.compile(
    r"\b(?:i am|i'm|as|ich bin|als|je suis|en tant que|soy|como|sou)(?: \w+){0,2} (?:\w*owner|\w*besitzer(?:in)?"
    r"|\w*eigentumer(?:in)?|proprietaire|propietari[oa]|proprietari[oa]|don[oa])\b"
)
PUBLIC_LINK: Final = re.compile(
    r"\b(?:public|anonymous|open|anyone) (?:\w+ ){0,2}links?\b|\blinks? (?:for|that) (?:everyone|anyone"
    r"|anybody)\b|\banyone[- ]link"
    r"|\b(?:offentlich\w*|anonym\w*) (?:\w+ ){0,2}(?:link|freigabe\w*)|\blink fur (?:alle|jeden)\b"
    r"|\bliens? (?:\w+ ){0,3}(?:publics?|anonymes?)\b|\benlaces? (?:\w+ ){0,3}(?:public\w+|anonim\w+)"
    r"|\b(?:link|ligacao|hiperligacao) (?:\w+ ){0,3}(?:public\w+|anonim\w+)"
)
TAKEN_AWAY: Final = re.compile(
    r"\b(?:remove|take (?:\w+ ){0,3}(?:out|off|away)|drop|kick|leave the|no longer need|don't need|give back"
    r"|unsubscribe"
    r"|entfern\w*|austragen|raus|streich\w*|losch\w*|wegnehm\w*|zuruckgeb\w*|nicht mehr|kundig\w*"
    r"|retir\w+|enlev\w+|supprim\w+|rendre|plus besoin|desinscri\w+"
    r"|quit[aeo]\w*|sac[ao]\w*|saqu\w+|elimin\w+|devolver|ya no|dar(?:me)? de baja"
    r"|remov\w+|tir[ae]\w*|devolv\w+|ja nao|sair d[oae])\b"
)
LEAVES: Final = re.compile(
    r"\b(?:delet\w+|leave|no longer|clean ?up|nicht mehr|aufraum\w*|abbau\w*|deaktivier\w*|sperr\w*|quitter|nettoy\w*"
    r"|salir|borr\w+|limpi\w+|ya no|sair|apag\w+|limp\w+|ja nao|revoke|entzieh\w*|end (?:the|his|her) access|disable)\b"
)
GIVEN: Final = re.compile(
    r"\b(?:add|hinzu\w*|aufnehm\w*|ajout\w+|anad\w+|agreg\w+|adicion\w+|inclu\w+|need|brauch\w*)\b"
)
ADDRESS: Final = re.compile(r"(?P<local>[\w.+'-]{1,64})@(?P<domain>[\w-]{1,63}(?:\.[\w-]{1,63}){1,4})")
FROM: Final = r"(?:from|von|vom|de|du|desde|del|do)"
POLICY: Final = re.compile(
    r"\b(?:polic(?:y|ies)|(?:\w+-?)?richtlinien?|politiques? d'acces|strateg\w+ d'acces|directivas?|politicas?"
    r"|conditional access|bedingte[rn]? zugriff|acces conditionnel|acceso condicional|acesso condicional"
    r"|report-? ?only)\b"
)
# Two products in a row are two wishes, and not one in place of the other.
LISTED: Final = re.compile(
    r"\w (?:and|und|et|y|e|&|or|oder|ou|o) (?:microsoft|office|m365|o365|visio|project|power|e\d|f\d)"
)
REVERSED: Final = re.compile(
    r"\b(?:instead of|in place of|rather than|statt|anstelle|anstatt|au lieu|a la place d|en lugar|en vez|em vez"
    r"|em lugar|no lugar)\b"
)
TO: Final = re.compile(r"\b(?:to|by|with|for|auf|zu|durch|gegen|in|vers|par|contre|a|por|con|para|com|into|becomes?)\b")
