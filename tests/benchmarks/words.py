"""The words that made-up registers are written in: by hand for this project, the most usual first."""


def _listed(text: str) -> list[str]:
    return text.split()


SUBJECTS = _listed("""
management business health care safety engineering design technology education training food construction information
work support community digital services practice systems development finance accounting electrical mechanical nursing
hospitality tourism agriculture horticulture forestry fishing aquaculture beekeeping dairy poultry livestock shearing
viticulture winemaking brewing baking cookery butchery catering barista housekeeping cleaning laundry reception travel
aviation maritime rail road transport logistics warehousing freight driving haulage forklift crane scaffolding rigging
welding fabrication machining toolmaking foundry sheetmetal boilermaking plumbing gasfitting drainlaying roofing
tiling plastering painting glazing joinery carpentry cabinetmaking bricklaying stonemasonry concrete demolition
surveying drafting architecture landscape irrigation arboriculture floristry nursery turf conservation biodiversity
ecology climate water wastewater waste recycling energy solar wind hydropower geothermal petroleum mining quarrying
blasting tunnelling drilling geology chemistry physics biology mathematics statistics actuarial economics banking
insurance lending investment taxation payroll bookkeeping audit procurement marketing sales retail merchandising
advertising branding negotiation leadership supervision governance strategy project quality compliance risk law
justice policing corrections security firefighting rescue emergency paramedic ambulance midwifery dentistry pharmacy
optometry radiography physiotherapy podiatry audiology dietetics nutrition psychology counselling therapy
rehabilitation disability ageing dementia palliative mental addiction childcare early childhood teaching tutoring
assessment literacy numeracy language interpreting translation linguistics literature history philosophy theology
archaeology museum library archives records journalism broadcasting film animation photography music dance theatre
costume fashion textiles weaving carving ceramics jewellery printing publishing graphics illustration gaming software
programming testing databases networking cloud cybersecurity robotics automation mechatronics electronics
telecommunications instrumentation refrigeration ventilation heating lighting lifts metering calibration metrology
inspection maintenance diagnostics automotive motorcycle bicycle panelbeating tyres batteries hydraulics pneumatics
plastics composites rubber timber sawmilling paper packaging pulp glass leather footwear upholstery furniture
hairdressing beauty barbering massage fitness coaching sport recreation outdoor adventure equine veterinary kennel
grooming wildlife pest biosecurity quarantine laboratory pathology phlebotomy sterilisation infection hygiene
allergens cheese chocolate confectionery seafood halal coffee tea sugar cotton wool hemp cocoa maize rice wheat
orchard vineyard glasshouse seed soil fertiliser spraying fencing tractor harvesting drones mapping geospatial
meteorology oceanography navigation seamanship diving rope access confined heights asbestos chemicals explosives
radiation noise ergonomics wellbeing diversity mediation advocacy volunteering fundraising philanthropy housing
tenancy property valuation facilities events conferences heritage guiding ecotourism customs immigration diplomacy
defence intelligence forensics investigation analytics modelling simulation optimisation visualisation data machine
learning ethics privacy accessibility usability research innovation entrepreneurship franchising exporting supply
chain planning scheduling costing estimating contracts tendering administration secretarial keyboarding
""")

# What a title sets before or after its subjects.
CONTEXTS = _listed("""
introductory advanced applied professional specialist practical regional urban rural industrial commercial
domestic clinical technical operational strategic sustainable indigenous international workplace
""")

TITLES = {
    "qualification": (
        "Certificate in {}", "Diploma of {}", "Level {level} Award in {}", "Certificate of {} and {}",
        "Advanced Diploma in {}", "Bachelor of {}", "Graduate Certificate in {}", "Level {level} Diploma in {} and {}",
        "National Certificate in {context} {}", "Master of {context} {}", "Certificate in {} ({context} {})",
    ),
    "unit": (
        "Apply {context} {} in {}", "Operate {} equipment for {}", "Prepare {} and {}", "Carry out {} {}",
        "Demonstrate knowledge of {}", "Maintain {} {}", "Describe {context} {} and {} for {}", "Manage {} risks in {}",
        "Use {} to plan {}", "Inspect {} installations",
    ),
    "micro_credential": (
        "{} essentials", "{context} {} and {}", "{} for {} practitioners", "Getting started with {}",
        "{} skills for {}", "Micro-credential in {} {}",
    ),
}  # fmt: skip

OUTCOMES = (
    "Explain the principles of {} as they bear on {} work.",
    "Plan and carry out {} to the standard that a {} workplace expects.",
    "Recognise hazards of {} and act on them before {} begins.",
    "Choose tools and materials for {} and give reasons.",
    "Record {} results so that another person can rely on them in {}.",
    "Compare two ways of {} and judge which suits a {context} setting.",
    "Work with others on {} and answer for one's own part.",
    "Evaluate {} against the needs of {} users and propose improvements.",
    "Communicate about {} with people who do not know {}.",
    "Apply the law on {} in a {context} case.",
)

# Other languages: a subject list and frames of their own, and few of them, as in a register that is mostly in English.
OTHER_LANGUAGES = {
    "fr": (
        ("Certificat en {}", "Diplôme de {}", "Titre professionnel en {} et {}", "Brevet de {} appliquée"),
        _listed("""gestion santé cuisine mécanique soudure électricité comptabilité agriculture horticulture sécurité
        informatique réseaux hôtellerie logistique menuiserie plomberie couture coiffure pêche élevage enseignement
        traduction imprimerie énergie topographie droit assurance vente maintenance robotique"""),
    ),
    "pt": (
        ("Certificado em {}", "Diploma de {}", "Curso técnico de {} e {}", "Formação em {} aplicada"),
        _listed("""gestão saúde cozinha mecânica soldadura eletricidade contabilidade agricultura jardinagem segurança
        informática redes hotelaria logística carpintaria canalização costura estética pesca pecuária ensino tradução
        impressão energia topografia direito seguros vendas manutenção robótica"""),
    ),
    "ar": (
        ("شهادة في {}", "دبلوم {}", "شهادة في {} و{}"),
        _listed("""الإدارة الصحة الطبخ الميكانيكا اللحام الكهرباء المحاسبة الزراعة البستنة السلامة الحوسبة الشبكات الفندقة النجارة
        السباكة الخياطة التعليم الترجمة الطباعة الطاقة المساحة القانون التأمين المبيعات الصيانة"""),
    ),
    "mi": (
        ("Tohu {}", "Tohu mō te {}", "Tohu {} me te {}"),
        _listed("""hauora mātauranga reo ahumahi pakihi whakahaere mahinga kai toi raranga whakairo waiata taiao
        ngahere moana haumaru kaitiakitanga hangarau matihiko tiaki tamariki tāpoi"""),
    ),
}  # fmt: skip

BODIES = (
    "{} Institute of Technology", "{} Polytechnic", "University of {}", "{} College", "{} Training Academy",
    "{} Awards", "{} Skills Council", "{} Trades Guild", "{} School of Business", "{} Learning Trust",
)  # fmt: skip

# ISCED-F 2013, detailed fields.
FIELDS = (
    "0413", "0912", "0713", "0111", "1013", "0811", "0731", "0611", "0411", "0715", "1022", "0913", "0714", "0732",
    "0922", "0923", "0414", "1012", "1041", "0716", "0613", "0612", "0112", "0211", "0212", "0213", "0214", "0215",
    "0222", "0231", "0311", "0313", "0321", "0322", "0412", "0415", "0416", "0417", "0421", "0511", "0521", "0522",
    "0532", "0541", "0711", "0712", "0721", "0722", "0723", "0724", "0812", "0821", "0831", "0841", "0911", "0915",
    "0916", "0921", "1011", "1014", "1015", "1021", "1031", "1032",
)  # fmt: skip

ONSETS = _listed("b d f g h k l m n p r s t v w z br dr gr kr pl sl st tr th sh")
VOWELS = _listed("a e i o u a e i o ai ea ou")
CODAS = ["", "", "", "n", "r", "l", "s", "m", "k", "nd"]
ENDINGS = ["ing", "ics", "ery", "ation", "ment", "craft", "ology", "work", "ure", "ance"]
