"""The shapes of what is sent, for the OpenAPI description alone: the documents themselves are stored, not serialized."""

from rest_framework import serializers

from registry.content import bodies
from registry.content.dictionary import FIELDS, Field
from registry.content.shapes import Facts, Listing, Parts, Row, Texts


class Anything(serializers.Serializer):
    """A JSON object; its keys are told in the description."""


class Problem(serializers.Serializer):
    """RFC 9457 problem details."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors = serializers.ListField(child=serializers.DictField())
    request_id = serializers.CharField(allow_null=True)


class Party(serializers.Serializer):
    number = serializers.CharField()
    name = serializers.CharField(allow_null=True)


class CredentialCard(serializers.Serializer):
    number = serializers.CharField()
    kind = serializers.CharField()
    title = serializers.CharField()
    level = serializers.CharField(allow_null=True)
    credits = serializers.CharField(allow_null=True)
    status = serializers.CharField()
    last_new_enrolment = serializers.DateField(allow_null=True)
    provider = Party(allow_null=True)
    revision = serializers.IntegerField()
    uri = serializers.URLField()


class Bucket(serializers.Serializer):
    value = serializers.CharField()
    count = serializers.IntegerField()


class Paged(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)


class CredentialList(Paged):
    results = CredentialCard(many=True)
    facets = serializers.DictField(child=Bucket(many=True), required=False)


class Stored(serializers.Serializer):
    number = serializers.CharField()
    kind = serializers.CharField()
    revision = serializers.IntegerField()
    decisions = serializers.ListField(child=serializers.DictField())
    identifiers = serializers.ListField(child=serializers.DictField())
    source = serializers.DictField(allow_null=True)
    gaps = serializers.ListField(child=serializers.CharField())


class Document(Stored):
    status = serializers.CharField()
    uri = serializers.URLField()


def said(field: Field) -> serializers.Field:
    """How a field of the dictionary is sent; what is not known is null, or an empty list."""
    match field.shape:
        case Listing(of=Row()):
            return serializers.ListField(child=serializers.DictField(), help_text=field.label)
        case Listing():
            return serializers.ListField(child=serializers.CharField(), help_text=field.label)
        case Texts():
            return serializers.DictField(child=serializers.CharField(), allow_null=True, help_text=field.label)
        case Parts() | Facts():
            return serializers.DictField(allow_null=True, help_text=field.label)
    return serializers.CharField(allow_null=True, help_text=field.label)


class RevisionDocument(Stored):
    """What was published of a credential: no status, which follows from the day of reading."""

    title = serializers.CharField()
    level_native = serializers.CharField(allow_null=True)
    providers = serializers.ListField(child=serializers.DictField())
    part_of = serializers.ListField(child=serializers.CharField())
    counts_towards = serializers.ListField(child=serializers.CharField())
    effective_from = serializers.DateField(allow_null=True)
    listed_on = serializers.DateField(allow_null=True)
    last_new_enrolment = serializers.DateField(allow_null=True)
    expiring_from = serializers.DateField(allow_null=True)
    expiry_end = serializers.DateField(allow_null=True)
    last_award = serializers.DateField(allow_null=True)
    closed_undated = serializers.BooleanField()
    suspensions = serializers.ListField(child=serializers.DictField())
    review_period_months = serializers.IntegerField(allow_null=True)
    review_due = serializers.DateField(allow_null=True)
    replaces = serializers.ListField(child=serializers.DictField())
    replaced_by = serializers.ListField(child=serializers.DictField())
    transition = serializers.DictField(child=serializers.CharField(), allow_null=True)
    reconsiderations = serializers.ListField(child=serializers.DictField())
    last_review = serializers.DictField(allow_null=True)


# Each field of the dictionary, before the classes that inherit them: `fields` is also DRF's own name for all of them.
RevisionDocument._declared_fields.update({field.name: said(field) for field in FIELDS})


class CredentialDocument(RevisionDocument, Document):
    provider = Party(allow_null=True)
    last_day_to_start = serializers.DateField(
        allow_null=True, help_text="the decided day, else the one that the law of the framework gives"
    )
    new_learners_may_start = serializers.BooleanField()


class ProviderDocument(Document):
    """A provider. `name` is the legal one of the day asked; `statutory_actions` are those that its page may show then."""

    title = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField(allow_null=True)
    registered_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    ended_as = serializers.CharField(allow_null=True)
    former_names = serializers.ListField(child=serializers.DictField())
    quality_category = serializers.DictField(allow_null=True)


ProviderDocument._declared_fields.update({field.name: said(field) for field in bodies.FIELDS})


class AccreditationDocument(Document):
    credential = serializers.DictField()
    provider = serializers.DictField()
    accredited_from = serializers.DateField()
    accredited_until = serializers.DateField(allow_null=True)
    sites = serializers.ListField(child=serializers.CharField())
    conditions = serializers.ListField(child=serializers.DictField())
    jointly_with = serializers.ListField(child=serializers.CharField())
    reconsiderations = serializers.ListField(child=serializers.DictField())
    last_review = serializers.DictField(allow_null=True)


class Standing(serializers.Serializer):
    """How an entry stood on a day. `registered` is null where the register does not know."""

    number = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField(help_text="the title or legal name of that day, as far as it is known")
    present_name = serializers.CharField()
    status = serializers.CharField()
    registered = serializers.BooleanField(allow_null=True)
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    uri = serializers.URLField()


class Verification(serializers.Serializer):
    """Was it registered, and was the provider accredited for it? What nobody knows is null, and says why."""

    on = serializers.DateField()
    credential = Standing()
    provider = Standing(allow_null=True)
    accredited = serializers.BooleanField(allow_null=True)
    accreditation = serializers.DictField(allow_null=True)
    reasons = serializers.ListField(child=serializers.DictField())
    awarding = Standing(many=True)
    related = serializers.ListField(child=serializers.DictField())


class ProviderList(Paged):
    results = serializers.ListField(child=serializers.DictField())


class AccreditationList(Paged):
    results = serializers.ListField(child=serializers.DictField())


class RevisionList(serializers.Serializer):
    count = serializers.IntegerField()
    results = serializers.ListField(child=serializers.DictField())


class Change(serializers.Serializer):
    """One change. Of a document, `changed_fields` names its keys; of an entry whose own dates have come (`action` is
    `status`, the document the same), what that altered: `status`, `new_learners_may_start`, or both."""

    serial = serializers.IntegerField()
    number = serializers.CharField()
    kind = serializers.CharField()
    action = serializers.CharField()
    revision = serializers.IntegerField()
    changed_fields = serializers.ListField(child=serializers.CharField())
    effective_from = serializers.DateField()
    recorded_at = serializers.DateTimeField()
    uri = serializers.URLField()


class ChangeList(serializers.Serializer):
    changes = Change(many=True)
    last_serial = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)


class ExportFile(serializers.Serializer):
    name = serializers.CharField()
    format = serializers.CharField()
    rows = serializers.IntegerField()
    bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    serial = serializers.IntegerField()
    licence = serializers.CharField()
    uri = serializers.URLField()


class ExportList(serializers.Serializer):
    """The files of the last export, all of one moment. Without one, `files` is empty and the rest is null."""

    serial = serializers.IntegerField(allow_null=True)
    recorded_at = serializers.DateTimeField(allow_null=True)
    licence = serializers.CharField(allow_null=True)
    columns = serializers.URLField()
    files = ExportFile(many=True)
