"""Answers about mailboxes, calendars, devices, services and requests."""

from collections.abc import Mapping
from typing import Final

from agent.model.service_request import Language

ABOUT_THINGS: Final[Mapping[str, Mapping[Language, str]]] = {
    "away": {
        "en": "I am out of the office and will read your message when I am back.",
        "de": "Ich bin nicht im Büro und lese Ihre Nachricht, wenn ich zurück bin.",
        "fr": "Je suis absent du bureau et lirai votre message à mon retour.",
        "es": "No estoy en la oficina y leeré su mensaje a mi regreso.",
        "pt": "Não estou no escritório e lerei a sua mensagem quando voltar.",
    },
    "away_from_to": {
        "en": "I am out of the office from {first} to {last} and will read your message when I am back.",
        "de": "Ich bin vom {first} bis zum {last} nicht im Büro und lese Ihre Nachricht, wenn ich zurück bin.",
        "fr": "Je suis absent du bureau du {first} au {last} et lirai votre message à mon retour.",
        "es": "No estoy en la oficina del {first} al {last} y leeré su mensaje a mi regreso.",
        "pt": "Não estou no escritório de {first} a {last} e lerei a sua mensagem quando voltar.",
    },
    "replies_as_wished": {
        "en": "The automatic reply is set as you wish already. Nothing was changed.",
        "de": "Die automatische Antwort ist schon so eingestellt, wie Sie es wünschen. Es wurde nichts geändert.",
        "fr": "La réponse automatique est déjà réglée comme vous le souhaitez. Rien n'a été modifié.",
        "es": "La respuesta automática ya está como usted desea. No se cambió nada.",
        "pt": "A resposta automática já está como pretende. Nada foi alterado.",
    },
    "rules_seen": {
        "en": "Rules of your mailbox: {rules}.",
        "de": "Regeln Ihres Postfachs: {rules}.",
        "fr": "Règles de votre boîte : {rules}.",
        "es": "Reglas de su buzón: {rules}.",
        "pt": "Regras da sua caixa: {rules}.",
    },
    "no_rules": {
        "en": "Your mailbox has no rules.",
        "de": "Ihr Postfach hat keine Regeln.",
        "fr": "Votre boîte n'a aucune règle.",
        "es": "Su buzón no tiene reglas.",
        "pt": "A sua caixa não tem regras.",
    },
    "calendar_as_wished": {
        "en": "The calendar is shared as you wish already. Nothing was changed.",
        "de": "Der Kalender ist schon so freigegeben, wie Sie es wünschen. Es wurde nichts geändert.",
        "fr": "Le calendrier est déjà partagé comme vous le souhaitez. Rien n'a été modifié.",
        "es": "El calendario ya está compartido como usted desea. No se cambió nada.",
        "pt": "O calendário já está partilhado como pretende. Nada foi alterado.",
    },
    "mail_seen": {
        "en": "Mail of the last ten days that fits, newest first: {lines}.",
        "de": "Passende Mail der letzten zehn Tage, neueste zuerst: {lines}.",
        "fr": "Messages correspondants des dix derniers jours, du plus récent au plus ancien : {lines}.",
        "es": "Correos de los últimos diez días que encajan, primero el más reciente: {lines}.",
        "pt": "Emails dos últimos dez dias que correspondem, primeiro o mais recente: {lines}.",
    },
    "mail_line": {
        "en": "{day} from {sender} to {recipient}: {status}",
        "de": "{day} von {sender} an {recipient}: {status}",
        "fr": "{day} de {sender} à {recipient} : {status}",
        "es": "{day} de {sender} a {recipient}: {status}",
        "pt": "{day} de {sender} para {recipient}: {status}",
    },
    "device_line": {
        "en": "{device} ({system}): {compliance}, last contact {day}",
        "de": "{device} ({system}): {compliance}, letzter Kontakt {day}",
        "fr": "{device} ({system}) : {compliance}, dernier contact {day}",
        "es": "{device} ({system}): {compliance}, último contacto {day}",
        "pt": "{device} ({system}): {compliance}, último contacto {day}",
    },
    "no_devices": {
        "en": "No managed device is registered to you.",
        "de": "Auf Sie ist kein verwaltetes Gerät eingetragen.",
        "fr": "Aucun appareil géré n'est enregistré à votre nom.",
        "es": "No hay ningún dispositivo gestionado a su nombre.",
        "pt": "Não há nenhum dispositivo gerido em seu nome.",
    },
    "compliant": {"en": "compliant", "de": "konform", "fr": "conforme", "es": "conforme", "pt": "conforme"},
    "noncompliant": {
        "en": "not compliant",
        "de": "nicht konform",
        "fr": "non conforme",
        "es": "no conforme",
        "pt": "não conforme",
    },
    "compliance_unknown": {
        "en": "compliance not known",
        "de": "Konformität nicht bekannt",
        "fr": "conformité inconnue",
        "es": "conformidad desconocida",
        "pt": "conformidade desconhecida",
    },
    "never": {"en": "never", "de": "nie", "fr": "jamais", "es": "nunca", "pt": "nunca"},
    "fails": {
        "en": "Rules that it does not meet: {rules}. Sync the device in Company Portal once they are met.",
        "de": "Nicht erfüllte Vorgaben: {rules}. Danach das Gerät im Unternehmensportal synchronisieren.",
        "fr": "Règles non respectées : {rules}. Ensuite, synchronisez l'appareil dans le Portail d'entreprise.",
        "es": "Normas que no cumple: {rules}. Después, sincronice el equipo en el Portal de empresa.",
        "pt": "Regras que não cumpre: {rules}. Depois, sincronize o dispositivo no Portal da Empresa.",
    },
    "services_fine": {
        "en": "Microsoft reports no open incident for {services} just now. If it still fails for you, tell us what you "
        "see and since when.",
        "de": "Microsoft meldet gerade keine Störung für {services}. Wenn es bei Ihnen trotzdem nicht geht, schreiben "
        "Sie uns, was Sie sehen und seit wann.",
        "fr": "Microsoft ne signale aucun incident en cours pour {services}. Si cela ne marche toujours pas chez vous, "
        "dites-nous ce que vous voyez et depuis quand.",
        "es": "Microsoft no informa de ninguna incidencia abierta en {services}. Si a usted le sigue fallando, díganos "
        "qué ve y desde cuándo.",
        "pt": "A Microsoft não comunica nenhum incidente aberto em {services}. Se continuar a falhar consigo, diga-nos "
        "o que vê e desde quando.",
    },
    "services_troubled": {
        "en": "Microsoft reports open incidents: {issues}. They work on it; you need not do anything.",
        "de": "Microsoft meldet Störungen: {issues}. Daran wird gearbeitet; Sie müssen nichts tun.",
        "fr": "Microsoft signale des incidents en cours : {issues}. Ils y travaillent ; vous n'avez rien à faire.",
        "es": "Microsoft informa de incidencias abiertas: {issues}. Están en ello; usted no tiene que hacer nada.",
        "pt": "A Microsoft comunica incidentes abertos: {issues}. Já estão a tratar disso; não tem de fazer nada.",
    },
    "where_status": {
        "en": "How far a request is stands in its ticket: every question, approval and result is written there. In the "
        "chat, the word “status” lists your open requests and whom each waits for.",
        "de": "Wie weit eine Anfrage ist, steht im Ticket: Jede Rückfrage, Zustimmung und jedes Ergebnis wird dort "
        "notiert. Im Chat zeigt das Wort „Status“ Ihre offenen Anfragen und auf wen jede wartet.",
        "fr": "L'état d'une demande figure dans son ticket : chaque question, accord et résultat y est noté. Dans la "
        "conversation, le mot « statut » montre vos demandes ouvertes et qui est attendu.",
        "es": "El estado de una solicitud figura en su ticket: cada pregunta, aprobación y resultado se anota allí. En "
        "el chat, la palabra «estado» muestra sus solicitudes abiertas y a quién espera cada una.",
        "pt": "O estado de um pedido está no respetivo ticket: cada pergunta, aprovação e resultado fica lá anotado. "
        "No chat, a palavra «estado» mostra os seus pedidos abertos e por quem cada um espera.",
    },
}
