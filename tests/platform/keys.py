"""The stand-in's signing keys, and reading of the tool's keys. All crypto is jwcrypto's."""
import base64
import json
import threading
import time
import urllib.parse
import urllib.request

from jwcrypto import jwk, jws


def generate(kid, size=2048, alg="RS256"):
    """A new RSA key pair."""
    return jwk.JWK.generate(kty="RSA", size=size, kid=kid, alg=alg, use="sig")


def sign(payload, key, header=None):
    """A compact JWS. payload: a dict, or bytes taken as they are. header: members that
    replace or add to the usual ones; None as a value removes the member."""
    head = {"typ": "JWT", "alg": "RS256", "kid": key.get("kid")}
    for k, v in (header or {}).items():
        if v is None:
            head.pop(k, None)
        else:
            head[k] = v
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    token = jws.JWS(raw)
    token.add_signature(key, head.get("alg"), json.dumps(head), None)
    return token.serialize(compact=True)


def part(token, number):
    """Header (0) or payload (1) of a JWS, unchecked."""
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


class Keyring:
    """The platform's keys: one signs, all are published."""

    def __init__(self, manner="moodle"):
        self.manner = manner
        self.lock = threading.Lock()
        self.count = 0
        self.published = []   # what the JWKS endpoint gives besides the current key
        self.extra = []       # public dicts published as they are (other key types)
        self.impostor = None  # when set, it signs while the old key stays published
        self.current = self._make()

    def _make(self):
        self.count += 1
        if self.manner == "canvas":
            kid = time.strftime("%Y-%m-%dT%H:%M:%SZ_", time.gmtime()) + "3018685d-%d" % self.count
        else:
            kid = "b59934b353da7ac4d47%d" % self.count
        return generate(kid)

    def rotate(self, keep_old=True):
        """Sign with a new key from now on. Publish the old one still, or not."""
        new = self._make()
        with self.lock:
            if keep_old:
                self.published.append(self.current)
            self.current = new

    def wrong_key(self, on):
        """Sign with a key that is not published, under the published one's kid."""
        self.impostor = generate(self.current.get("kid")) if on else None

    def sign(self, payload, header=None):
        return sign(payload, self.impostor or self.current, header)

    def jwks(self):
        with self.lock:
            keys = [json.loads(k.export_public()) for k in [self.current] + self.published]
        return {"keys": list(self.extra) + keys}


class ToolKeys:
    """A tool's key set, read again when a key id is not in it."""

    def __init__(self, url, context=None):
        self.url = url
        self.context = context  # an ssl context that trusts the tool's certificate
        self.keys = None

    def _fetch(self):
        # Only browsers resolve names under .localhost everywhere.
        u = urllib.parse.urlsplit(self.url)
        where = u
        if u.hostname.endswith(".localhost"):
            where = u._replace(netloc="127.0.0.1" + (":%d" % u.port if u.port else ""))
        ask = urllib.request.Request(where.geturl(), headers={"Host": u.netloc})
        with urllib.request.urlopen(ask, timeout=10, context=self.context) as r:
            self.keys = jwk.JWKSet.from_json(r.read().decode())

    def verify(self, token):
        """The payload of a JWS signed by the tool. Raises ValueError with Moodle's words."""
        try:
            parsed = jws.JWS()
            parsed.deserialize(token)
            kid = json.loads(parsed.objects["protected"]).get("kid")
        except Exception as e:
            raise ValueError("invalid_request") from e
        key = self.keys and self.keys.get_key(kid)
        if key is None:
            self._fetch()
            key = self.keys.get_key(kid)
        if key is None:
            raise ValueError('"kid" invalid, unable to lookup correct key')
        try:
            parsed.verify(key, "RS256")
        except Exception as e:
            raise ValueError("Signature verification failed") from e
        return json.loads(parsed.payload)
