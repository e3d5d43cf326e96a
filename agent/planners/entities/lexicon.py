"""Words that name no object: of grammar and courtesy, of what is wanted, of kinds of objects; and what departments are
called in five languages. All in the spelling of `words.keys_of`: small letters without accents.
"""

from typing import Final

from agent.planners.entities.words import Word

# Grammar, courtesy and time. Nothing in the directory is looked for by such a word alone.
_GRAMMAR_WORDS: Final = """
a an the this that these those my mine our ours your yours his her hers their theirs its it he she they them we us i
me myself you one ones and or but not no nor so if then than as at by for from in into of off on onto out over to up
with without within under about after before again also already always any anybody anyone anything all both each
every everybody everyone everything some somebody someone something nobody none only other others same such too very
just still yet ever never now today tomorrow yesterday soon asap here there where when who whom whose which what why
how is am are was were be been being do does did done have has had having can could may might must shall should will
would let lets get gets got getting give gives given gave go goes going gone come comes coming make makes made put
take takes taken taking want wants wanted need needs needed needing like likes please pls plz thanks thank thx ta
cheers hi hello hey dear regards kind best sincerely morning afternoon evening sorry ok okay yes sure well really
actually because since until till while during through per via re fwd fw new old next last first second more less
most least much many few lot lots bit able unable cannot dont didnt cant wont isnt im ive id ll ve s t d m n says
said say tell told ask asked asks asking know knows show shows see sees help work works working worked start started
starts join joined joins joining left leave leaves leaving moved move moves days day week weeks month months year
years time times end manager boss colleague coworker teammate report intern trainee department add added adding adds
remove removed removing revoke grant granted assign assigned invite invited include create created open opened read
write edit view use using used find found miss missing member members membership membro membros miembro miembros
membre membres mitglied mitglieder mitgliedschaft owner owners besitzer eigentumer proprietaire propietario
propietaria proprietario proprietaria dono dueno access permission permissions rights right request requesting
requested approve approved approval ich du er sie es wir ihr ihnen mich mir dich dir uns euch mein meine meinen
meinem meiner meines dein deine unser unsere unserem unseren unserer ihre ihren ihrem ihrer sein seine seinen seinem
seiner der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine keinen keinem nein ja
zu zum zur von vom fur mit ohne bei beim nach vor aus auf ins ist sind bin bist war waren wird werden wurde wurden
hat habe haben hatte hatten kann kannst konnen konnt konnte konnten soll sollen sollte mochte mochten muss mussen
darf durfen wollen bitte danke gruss grusse gruessen grussen freundlichen freundliche viele liebe lieber guten tag
morgen abend hallo moin servus auch noch schon jetzt heute gestern hier dort da wo wer wen wem wann warum wie welche
welcher welches weil dass damit denn wenn als sehr mehr mal ab bis seit alle alles allen jeder jede man etwas nichts
braucht brauche brauchen benotige benotigt benotigen gern gerne konntet fehlt bekommen bekomme erhalten nehmt nimm
nehmen aufnehmen hinzu hinzufugen fugt fuge fugen entfernen entfernt entferne freischalten freigeben zugriff zugang
berechtigung berechtigungen rechte antrag anfrage kollege kollegen kollegin chef chefin leiter abteilung neu neue
neuen neuer neues alt alte alten eingerichtet einrichten arbeite arbeitet arbeiten je tu il elle nous vous ils elles
moi toi lui leur leurs mon ma mes ton tes son sa ses notre nos votre vos le la les l un une de au aux et ou mais ne
pas plus non oui que qui quoi quand comment pourquoi dans sur sous pour par avec sans chez vers est suis sommes etes
sont ete etre ai avons avez ont avoir peux peut pouvez pouvons puis pourriez pourrais dois doit devez faut faudrait
veux veut voulez voudrais voudrait aimerais souhaite souhaiterais besoin acces droit droits merci svp stp plait
bonjour bonsoir salut cordialement bien cette cet ce ces ca cela y en ici aussi encore deja toujours tout tous toute
toutes tres depuis jusqu lors arrivee service collegue responsable nouveau nouvelle nouveaux ajouter ajoutez ajoute
ajout mettre mettez mets donner donnez donne retirer retirez retire enlever enlevez enleve demande autorisation
refuse page ouvrir ouvrez yo el ella nosotros vosotros ellos ellas usted ustedes te se os lo los las mi mis tus su
sus nuestro nuestra nuestros una unos unas o pero si quien cual cuales cuando como donde porque por para con sin
sobre desde hasta entre del al soy eres fue ser esta estan estoy estar ha han hay haber tengo tiene tienen tener
puedo puede podeis pueden poder podria podriais quiero quiere quisiera necesito necesita gustaria gracias favor
porfa hola buenas buenos dias tardes saludos muy mas menos ya todavia aun ahora hoy manana ayer aqui alli tambien
todo todos toda todas nuevo nueva acceso permiso permisos derechos companero companera jefe jefa anadir anade anadid
anademe agregar agrega agregame agregue meter meteme poner pon ponme dar dad dame quitar quita quitadme sacar saca
sacame entrar entro entra solicitud solicito falta departamento eu voce ele ela voces eles elas mim comigo meu minha
meus minhas teu tua seu sua seus suas nosso nossa um uma umas e nao sim quem qual quais quando onde pelo pela com
sem ate em na nas dos ao aos sao sou foi estao estou tenho tem ter posso pode podem podiam poderia quero quer queria
gostava gostaria preciso precisa precisamos obrigado obrigada ola oi bom boa dia tarde noite cumprimentos muito
ainda agora hoje amanha ontem ali tambem tudo novo nova acesso permissao permissoes direitos colega chefe consigo
conseguir adicionar adicione adicionem adiciona colocar coloque poe tirar tirem tira remover removam remova deem
pedido
"""
_GRAMMAR: Final = frozenset(_GRAMMAR_WORDS.split())

# Kinds of objects: they say what is looked for, and are no name by themselves.
_KIND_WORDS: Final = """
group groups team teams site sites list lists channel channels folder folders share shared drive library page
mailbox distribution mailing mail email emails security microsoft m365 o365 office sharepoint intranet dl distro app
apps application software program licence licences license licenses account user users gruppe gruppen verteiler
verteilerliste liste listen seite seiten kanal ordner ablage laufwerk bibliothek postfach sicherheitsgruppe konto
lizenz lizenzen programm anwendung benutzer verteilergruppe mailingliste groupe groupes equipe equipes canal dossier
partage espace bibliotheque diffusion courriel boite logiciel compte utilisateur securite grupo grupos equipo
equipos sitio sitios lista listas carpeta compartida biblioteca distribucion correo correos buzon licencia programa
cuenta usuario seguridad equipa equipas pasta partilha distribuicao caixa licenca conta utilizador seguranca
"""
_KINDS: Final = frozenset(_KIND_WORDS.split())

# What the departments of a company are called; a group is often named after one, in the company's own language.
_DEPARTMENT_WORDS: Final = """
finance finances finanzen finanz finanzas financas accounting buchhaltung compta comptabilite contabilidad contabilidade
sales vertrieb verkauf ventes commercial ventas vendas comercial
hr personal personalabteilung personnel rh rrhh
marketing mercadotecnia mercadeo werbung
production produktion fertigung produccion producao manufacturing fabrication
engineering technik ingenierie ingenieria engenharia konstruktion
legal recht rechtsabteilung juridique juridico
purchasing procurement einkauf beschaffung achats compras aprovisionamento
logistics logistik logistique logistica versand shipping
quality qualitat qualite calidad qualidade qs qa
warehouse lager entrepot almacen armazem
research forschung recherche investigacion investigacao
management geschaftsfuhrung direction direccion direcao executive vorstand
support kundendienst kundenservice assistance soporte suporte
maintenance instandhaltung wartung mantenimiento manutencao
"""
_DEPARTMENTS: Final = tuple(frozenset(line.split()) for line in _DEPARTMENT_WORDS.strip().splitlines())


def is_common(word: Word) -> bool:
    """Whether a word names no object: of grammar, courtesy or what is wanted, a kind of object, or one letter."""
    return is_grammar(word) or bool(word.keys & _KINDS)


def is_grammar(word: Word) -> bool:
    """Whether a word says how things are meant and not which: also a lone letter."""
    return bool(word.keys & _GRAMMAR) or (len(word.text) == 1 and not word.text.isdigit())


def translated(word: Word) -> frozenset[str]:
    """Return what else a department of this name is called; nothing for what is no department."""
    return frozenset().union(*(one for one in _DEPARTMENTS if one & word.keys)) - word.keys
