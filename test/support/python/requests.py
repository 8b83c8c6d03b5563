"""The little of the requests package that the samples use, over the standard library."""

import json as _json
from urllib.error import HTTPError
from urllib.request import Request, urlopen


class Response:
    def __init__(self, answer):
        self.status_code = answer.status
        self.headers = answer.headers
        self.text = answer.read().decode()

    def json(self):
        return _json.loads(self.text)


def request(method, url, headers=None, json=None):
    headers = dict(headers or {})
    data = None
    if json is not None:
        data = _json.dumps(json).encode()
        headers["Content-Type"] = "application/json"
    try:
        return Response(urlopen(Request(url, data=data, headers=headers, method=method)))
    except HTTPError as refused:
        return Response(refused)


def get(url, **options):
    return request("GET", url, **options)


def post(url, **options):
    return request("POST", url, **options)
