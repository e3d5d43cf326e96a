"""What Remit says about complaints, in the five languages of `agent.phrasebook`, which holds all that it says."""

from collections.abc import Mapping
from typing import Final

from agent.model.service_request import Language

#: By the names under which `agent.phrasebook.phrase` finds them.
COMPLAINT_PHRASES: Final[Mapping[str, Mapping[Language, str]]] = {
    "may_complain": {
        "en": "Nobody was asked this time: a standing approval covered it. If this was wrong, write “wrong {ref}”.",
        "de": "Dieses Mal wurde niemand gefragt: Es gab eine dauerhafte Zustimmung. War es falsch, schreiben Sie "
        "„falsch {ref}“.",
        "fr": "Cette fois, personne n'a été consulté : un accord permanent le couvrait. Si c'était une erreur, écrivez "
        "« faux {ref} ».",
        "es": "Esta vez no se preguntó a nadie: lo cubría una aprobación permanente. Si fue un error, escriba "
        "«incorrecto {ref}».",
        "pt": "Desta vez ninguém foi consultado: uma aprovação permanente cobria-o. Se foi um erro, escreva "
        "«errado {ref}».",
    },
    "complained": {
        "en": "Thank you. The standing approval of case {ref} counts no more, and whoever gave it hears of it. What "
        "was done stays: write in your own words what should be put right.",
        "de": "Danke. Die dauerhafte Zustimmung zu Vorgang {ref} gilt nicht mehr, und wer sie gab, erfährt davon. Was "
        "getan wurde, bleibt: Schreiben Sie mit eigenen Worten, was in Ordnung gebracht werden soll.",
        "fr": "Merci. L'accord permanent du dossier {ref} ne vaut plus, et la personne qui l'a donné en est informée. "
        "Ce qui a été fait reste : écrivez avec vos mots ce qu'il faut corriger.",
        "es": "Gracias. La aprobación permanente del caso {ref} ya no vale, y quien la dio lo sabrá. Lo hecho queda: "
        "escriba con sus palabras qué hay que corregir.",
        "pt": "Obrigado. A aprovação permanente do caso {ref} já não vale, e quem a deu é avisado. O que foi feito "
        "fica: escreva com as suas palavras o que deve ser corrigido.",
    },
    "no_complaint": {
        "en": "I know no case {ref} that concerns you and was done by a standing approval.",
        "de": "Ich kenne keinen Vorgang {ref}, der Sie betrifft und mit einer dauerhaften Zustimmung geschah.",
        "fr": "Je ne connais aucun dossier {ref} qui vous concerne et qu'un accord permanent couvrait.",
        "es": "No conozco ningún caso {ref} que le concierna y que cubriera una aprobación permanente.",
        "pt": "Não conheço nenhum caso {ref} que lhe diga respeito e que uma aprovação permanente cobrisse.",
    },
}
