"""The bulk files, as the manifest of the last export names them."""

from dataclasses import asdict

from django.conf import settings
from django.urls import reverse
from django.utils.translation import override
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.v1 import answers, parameters
from api.v1.base import PublicRead, absolute, answer
from api.v1.read import utc
from registry import exports


class Exports(PublicRead):
    @extend_schema(responses=answers.ExportList)
    def get(self, request: Request) -> Response:
        """The bulk files: everything that is public, of one moment. Follow `changes` from their serial on."""
        parameters.read(request, parameters.NoQuery)
        last = exports.last_export()
        with override(settings.LANGUAGE_CODE):
            files = [
                asdict(file) | {"uri": absolute(request, reverse("public:file", args=[file.name]))}
                for file in (last.files if last else ())
            ]
            columns = absolute(request, reverse("public:columns"))
        return answer(
            request,
            {
                "serial": last and last.serial, "recorded_at": last and last.recorded_at and utc(last.recorded_at),
                "licence": last and last.licence, "columns": columns, "files": files,
            },
        )  # fmt: skip
