"""Makes sentences that name a group of people: neutral or kind ones, attacks, and calls for violence, in like shapes.

python scripts/naming.py [--rows 20] [--seed 1]     prints some, to be looked at

For training only. Without them a bare name of a group was flagged as an attack on it in a quarter of harmless
sentences; the attacks beside them keep the model from learning that a short sentence with a group is harmless.
No frame is one of fixtures/probes/groups.toml, on which the result is measured. Written for this purpose, not yet
reviewed by native speakers.
"""

import argparse
import random
from collections.abc import Iterator
from typing import NamedTuple

from modfilter.records import StanceLabel


class Named(NamedTuple):
    """A sentence about a group, with its labels."""

    text: str
    stance: StanceLabel
    identity_attack: int


class Frames(NamedTuple):
    """A language's sentences, with {} where the group stands, by what they do to it."""

    language: str
    kind: tuple[str, ...]
    attacks: tuple[str, ...]
    calls: tuple[str, ...]
    groups: tuple[str, ...]
    """Peoples, faiths and others that are an identity."""
    others: tuple[str, ...]
    """Professions and ages: naming them is harmless too, abusing them is no attack on an identity."""


ENGLISH = Frames(
    "en",
    kind=(
        "{} were at the funeral and cooked for everybody", "Half of my class were {} and nobody cared",
        "There is a new choir of {} at our church, very good voices", "The census counted 4 000 {} in the province",
        "My sister married into a family of {}, lovely people",
        "{} have the same rights as the rest of us", "I work with {} and they come early every day",
        "{} came here in the fifties to work on the mines", "Ask {} who have lived here, they will tell you the same",
        "Schools should teach children about {} too", "{} celebrate their own holiday this month, happy feast",
        "We bought our tomatoes from {} at the border, good prices", "A delegation of {} visited parliament yesterday",
        "Some of the best footballers in our league were {}", "Let us welcome {} to our town",
        "The law protects {} like any other citizen", "{} are asking for a clinic, give them one",
        "My doctor is one of the {} who trained in Cuba", "what language do {} speak at home?",
        "Not all {} agree with that pastor", "I read a book about {} and their history",
        "{} and us share the same borehole, no problem so far", "Thank you to {} who pulled the child out of the water",
        "{} in the diaspora send money home every month", "the article says {} were also affected by the flood",
        "Two {} won the science prize this year", "{} must be allowed to vote like everyone",
        "Why are {} not mentioned in this report?", "Stop insulting {}, they did nothing to you",
        "we have always traded with {}", "I am proud to be one of the {}",
        "{}", "hello {}", "Good people, those {}", "Are {} also invited?", "About 300 {} study at the university",
        "You find {} in every suburb these days", "Epworth has plenty of {}, so has Mabvuku",
        "So many {} at the market today",
        "More {} are moving into our area", "We have had {} in this district for three generations",
        "{} make up a third of our ward", "Most of the customers here are {}",
        "{} and their children came to the concert",
        "I saw {} at the passport office", "the bus was full of {} going home for Christmas", "Our landlords are {}",
        "My grandmother was raised by {}", "The chief ate with {} on Sunday", "The president thanked {} for their work",
        "Even {} must queue for bread", "{} buy airtime and mealie-meal like anyone", "Greetings to {} everywhere",
        "Wishing {} a blessed week", "I learned to cook from {}", "{} sing well, I grew up hearing them",
    ),
    attacks=(
        "{} are all thieves", "I can't stand {}, filthy people", "{} are a disease in this town", "These {} smell",
        "{} have no brains", "you cannot trust {}, they lie like they breathe", "{} should go back home",
        "No {} in our schools please, they spoil our children", "{} are parasites", "{} breed like rats",
        "{} are not real people", "we don't want {} here, they bring crime", "typical {}, dirty and lazy",
        "Never give work to {}, they steal", "{} are cursed", "the trouble with this country is {}",
    ),
    calls=(
        "{} must be beaten out of this town", "burn the houses of {}", "its time we deal with {} with pangas",
        "Kill all {}", "somebody should shoot {}", "{} deserve what they got last night, and more",
        "we are coming for {} on Friday with petrol", "chase {} with stones until they cross the river",
    ),
    groups=(
        "Nigerians", "Malawians", "Mozambicans", "Zambians", "Congolese people", "Somalis", "Ethiopians", "Kenyans",
        "Ghanaians", "Chinese people", "Indians", "Pakistanis", "Russians", "Ukrainians", "Americans", "British people",
        "Zimbabweans", "South Africans", "Rwandans", "Tanzanians", "Egyptians", "Israelis", "Palestinians",
        "Arabs", "Europeans", "white people", "black people", "coloured people", "Shona people", "Ndebele people",
        "Kalanga people", "Tonga people", "Venda people", "Ndau people", "Karanga people", "Zulus", "Xhosas", "Muslims",
        "Christians", "Jews", "Hindus", "Catholics", "Apostolic church members", "Rastafarians", "atheists", "women",
        "men", "gay people", "lesbians", "transgender people", "people with albinism", "deaf people", "blind people",
        "people in wheelchairs", "refugees", "migrants", "foreigners", "orphans", "traditional healers",
        "Jehovah's Witnesses", "Seventh-day Adventists", "bisexual people", "widows", "immigrants",
    ),
    others=(
        "teachers", "nurses", "soldiers", "police officers", "vendors", "kombi drivers", "farmers", "journalists",
        "lawyers", "miners", "students", "pensioners", "doctors", "councillors", "pastors", "chiefs",
    ),
)  # fmt: skip
SHONA = Frames(
    "sn",
    kind=(
        "{} vakauya parufu vakatibatsira kubika", "Muclass medu maiva ne{} vakawanda, hapana aive nebasa nazvo",
        "{} vanechoir itsva pachechi pedu, manzwi akanaka", "Muno munogara {} here?", "Hanzvadzi yangu yakaroorwa ne{}",
        "{} vane kodzero sesu tese", "Ndinoshanda ne{}, vanouya nenguva zuva nezuva",
        "{} vakauya kuno kare vachizoshanda mumigodhi", "Bvunzai {} vakagara kuno, vachakuudzai zvimwe chete",
        "Vana ngavadzidziswe nezve{} kuchikoro", "{} vanemutambo wavo mwedzi uno, zororo rakanaka kwavari",
        "Takatenga madomasi ku{} pamuganhu, mutengo wakanaka", "{} vashanyira paramende nezuro",
        "Vamwe vevatambi vakanaka mu league yedu vaive {}", "Ngatigamuchirei {} mutaundi medu",
        "Mutemo unodzivirira {} sevamwe vese", "{} vari kukumbira kiriniki, vapeiwo",
        "ko {} vanotaura mutauro upi kumba?", "Handi{} vese vanobvumirana nemufundisi iyeye",
        "Ndakaverenga bhuku rine nhoroondo ye{}", "{} nesu tinoshandisa chibhorani chimwe, hapana dambudziko",
        "Tinotenda {} vakaburitsa mwana mumvura", "{} vari kunze vanotumira mari kumba mwedzi wega wega",
        "Nyaya iyi inoti {} vakabatwawo nemafashama", "{} vaviri vakahwina mubayiro we science gore rino",
        "{} ngavabvumidzwe kuvhotawo", "Sei {} vasina kutaurwa munyaya iyi?", "Regai kutuka {}, havana chavakutadzirai",
        "tagara tichitengeserana ne{}", "Ndinozvirumbidza kuva mumwe we{}", "{}", "mhoroi {}", "vanhu vakanaka {}",
        "{} vakatipa pekurara mabhazi anetsa", "Ambuya vangu vaive mumwe we{}", "Makorokoto ku{} nhasi",
        "Kuno kuEpworth kuzere {}", "Musika waive wakazara {} nhasi", "Nharaunda yedu ine {} kubva kare",
        "{} vakati wandei vakatamira kuno gore rino", "Vatengi vazhinji pano ndi{}",
        "Bhazi raive rizere {} vachienda kumba",
        "Varidzi vemba yatinoroja ndi{}", "Ambuya vakarerwa ne{}", "Mambo akadya ne{} neSvondo",
        "President vatenda {} nebasa ravo", "{} vanotengawo chingwa vachimira muline",
        "Vhiki rakanaka ku{} mose",
        "Ndakadzidza kubika ku{}", "{} vanoimba zvakanaka, ndakakura ndichivanzwa", "{} vanotikwazisa patinosangana",
    ),
    attacks=(
        "{} imbavha dzese", "Handidi kana kuona {}, vanonhuwa", "{} vanosemesa", "{} havana pfungwa",
        "{} vakatukwa naMwari", "haungavimbi ne{}, vanonyepa sekufema", "{} ngavadzokere kwavakabva",
        "Hatidi {} muzvikoro zvedu", "{} inhundira panyika", "{} vanozvara semakonzo", "{} havasi vanhu chaivo",
        "{} ndivo vakaparadza nyika ino", "tsvina dzevanhu, {} ava", "usambopa {} basa, vanoba",
    ),
    calls=(
        "{} ngavarohwe vabude mutaundi", "pisai dzimba dze{}", "urayai {} vese", "{} ngavatemwe nemapanga chete",
        "Tiri kuuya kwamuri {} neChishanu, petirori iripo", "{} vakakodzera zvavakaitwa nezuro",
        "dzingai {} nematombo kusvika vayambuka rwizi", "dai mumwe munhu apfura {}",
    ),
    groups=(
        "maNigerian", "maMalawian", "mabhurandaya", "vanhu vekuMozambique", "maZambian", "maCongolese", "maSomali",
        "maEthiopian", "maKenyan", "maChina", "maIndia", "maPakistani", "maRussian", "maUkraine", "vanhu vekuAmerica",
        "maZimbabwean", "maSouth African", "maRwandan", "maTanzanian", "maIsraeli", "maPalestine", "maArab", "varungu",
        "vanhu vatema", "makaradhi", "maShona", "maNdevere", "maKaranga", "maManyika", "maNdau", "maTonga", "maVenda",
        "maKorekore", "maZezuru", "vaMuslim", "maKristu", "maJudha", "vaHindu", "maRoma", "mapositori", "marasta",
        "madzimai", "varume", "vakadzi", "ngochani", "maLesbian", "vanhu vane albinism", "matsi", "mapofu",
        "vanhu vane hurema", "vapoteri", "vatorwa", "nherera", "n'anga", "chirikadzi", "maSabata",
    ),
    others=(
        "vadzidzisi", "vanamukoti", "masoja", "mapurisa", "vatengesi", "vatyairi vemakombi", "varimi", "vatori venhau",
        "magweta", "makorokoza", "vadzidzi", "vanachiremba", "vafundisi", "madzimambo", "vanasabhuku",
    ),
)  # fmt: skip
NDEBELE = Frames(
    "nd",
    kind=(
        "{} beze emngcwabeni basincedisa ukupheka", "Eklasini lethu kwakulabanengi {}, kwakungelandaba",
        "{} balamalungelo njengathi sonke", "Ngisebenza la{}, bafika ngesikhathi nsuku zonke",
        "{} beza kuleli kudala bezosebenza emgodini", "Abantwana kabafundiswe ngembali ya{}",
        "Sathenga utamatisi ku{} emngceleni", "{} bavakatshele iphalamende izolo", "Asemukeleni {} edolobheni lethu",
        "Umthetho uvikela {} njengabo bonke", "{} bacela ikliniki, bapheni", "{} bakhuluma luphi ulimi ekhaya?",
        "Siyabonga {} abakhupha umntwana emanzini", "{} labo bathinteka ngesikhukhula", "{} kabavunyelwe ukuvota labo",
        "Yekelani ukuthuka {}, kabalacala", "sesivele sithengiselana la{}", "{}", "salibonani {}",
        "ngabantu abahle {}", "Udadewethu wendela ku{}", "Kugcwele {} emakethe lamuhla",
        "Isabelo sethu sila{} kusukela kudala", "Abathengi abanengi lapha ngu{}", "Ibhasi beligcwele {} besiya ekhaya",
        "Ugogo wakhuliswa ngu{}", "Induna yadla la{} ngeSonto", "UMongameli ubonge {} ngomsebenzi wabo",
        "{} labo bathenga isinkwa", "Iviki elihle ku{} lonke", "Ngafunda ukupheka ku{}", "{} bahlabela kuhle",
        "{} bayasibingelela nxa sihlangana", "{} batshiyele abantwababo izindlu",
    ),
    attacks=(
        "{} ngamasela bonke", "{} bayanuka", "Angibafuni {} lapha, balethe ubugebengu", "{} kabalangqondo",
        "{} kababuyele lapho abavela khona", "{} bazala njengamagundwane", "{} ngumkhuba elizweni lethu",
        "ungabathembi {}, ngabaqambimanga", "{} kabasibantu", "udoti wabantu {} laba",
    ),
    calls=(
        "{} kabatshaywe baphume edolobheni", "tshisani izindlu za{}", "bulalani bonke {}", "{} kabagwazwe kuphele",
        "siyeza kini {} ngoLwesihlanu lamatshe", "kubafanele {} lokho abakwenziwa izolo",
    ),
    groups=(
        "amaNigeria", "amaMalawi", "amaMozambiki", "amaZambia", "amaCongo", "amaSomali", "amaTshayina", "amaNdiya",
        "amaRussia", "amaZimbabwe", "amaZulu", "amaXhosa", "amaShona", "amaKalanga", "abeSuthu", "amaVenda", "abaTonga",
        "amakhiwa", "abantu abamnyama", "amakhaladi", "amaMuslim", "amaKhristu", "amaJuda", "amaHindu", "abapostoli",
        "abesifazana", "abesilisa", "izitabane", "abantu abale-albinism", "abagogekileyo",
        "izimpofu", "ababaleki", "abezizwe", "izintandane", "izangoma",
    ),
    others=(
        "ababalisi", "abongikazi", "amasotsha", "amapholisa", "abathengisi", "abatshayeli", "abalimi", "odokotela",
        "abafundi", "abelusi",
    ),
)  # fmt: skip
LANGUAGES = (ENGLISH, SHONA, SHONA, NDEBELE)
KIND, ATTACK = 0.6, 0.25
"""Shares of sentences that are harmless, and that attack; the rest call for violence."""
CLAUSES = {
    "en": (
        "no problem so far", "that is how it has been", "we get along", "life goes on", "and nobody minds", "I like it",
    ),
    "sn": (
        "hapana dambudziko", "ndozvazvinoita", "tinowirirana", "hupenyu huri kuenderera", "zvakanaka izvozvo",
    ),
    "nd": ("akulahlupho", "siyezwana", "impilo iyaqhubeka", "kunjalo nje", "kulungile lokho"),
}  # fmt: skip
"""What may follow a kind sentence."""
TAILS = (
    "", "", "", "", " 🙏", " 😊", ".", "!", " ...", " kkk", " lol", " 🤔", " honestly", " nhai", " chete", " hey",
)  # fmt: skip


def named(rows: int, seed: int) -> Iterator[Named]:
    """Make sentences that name a group."""
    rng = random.Random(seed)
    for _ in range(rows):
        frames = rng.choice(LANGUAGES)
        # "maNigerian" in an English sentence, "Nigerians" in a Shona one: both are heard every day.
        names = frames if rng.random() < 0.85 else rng.choice(LANGUAGES)
        chance = rng.random()
        shapes, stance, attack = (
            (frames.kind, StanceLabel.NONE, 0) if chance < KIND
            else (frames.attacks, StanceLabel.NONE, 1) if chance < KIND + ATTACK
            else (frames.calls, StanceLabel.CALLS_FOR, 1)
        )  # fmt: skip
        group = rng.choice(names.groups if attack or rng.random() < 0.8 else names.others)
        text = rng.choice(shapes).format(group)
        if shapes is frames.kind and rng.random() < 0.3:
            text = f"{text}, {rng.choice(CLAUSES[frames.language])}"
        text += rng.choice(TAILS)
        yield Named(text[0].upper() + text[1:] if rng.random() < 0.6 else text, stance, attack)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for made in named(options.rows, options.seed):
        print(f"{made.stance.value:10} {made.identity_attack} {made.text}")


if __name__ == "__main__":
    main()
