"""The description of this API, made from its views."""

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import openapi  # noqa: F401 registers the key scheme with the generator
from api.v1 import answers
from api.v1.base import PublicRead, answer

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
SCHEMA_OF_PROBLEM = {
    "type": "object",
    "description": answers.Problem.__doc__,
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")},
            },
        },
        "request_id": {"type": ["string", "null"]},
    },
}


def with_problems(result: dict, **kwargs) -> dict:
    """Every operation may answer with a problem; said once for all."""
    result["components"]["schemas"]["Problem"] = SCHEMA_OF_PROBLEM
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"description": "RFC 9457 problem details", "content": PROBLEM}
    return result


class OpenAPI(PublicRead):
    @extend_schema(responses=answers.Anything)
    def get(self, request: Request) -> Response:
        """This description, OpenAPI 3.1."""
        return answer(request, SchemaGenerator().get_schema(request=None, public=True))
