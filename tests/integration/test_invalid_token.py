"""LTI.md 9.2, I29 to I57: the token's form, its signature, its registered claims."""
import hashlib
import hmac
import json
import time
import unittest

from jwcrypto import jwk

from tests.integration.base import Case
from tests.integration.browser import Browser
from tests.integration.launcher import GONE, b64, forged_cube, raw_sign
from tests.platform import keys


class TokenForm:
    """I29 to I43."""

    def with_token(self, change):
        """attempt(token=...): the usual token, changed."""
        return lambda login, claims: change(self.launcher.sign(claims))

    def with_header(self, header):
        """A token under this header, unsigned but for a signature of the usual length."""
        return lambda login, claims: self.launcher.forge(header, claims, b"x" * 256)

    def test_I29_not_three_parts(self):
        for change in (lambda t: t.rsplit(".", 1)[0], lambda t: t.rsplit(".", 1)[0] + ".",
                       lambda t: t + ".", lambda t: "." + t, lambda t: t + "\n",
                       lambda t: t.replace(".", ". ", 1), lambda t: " " + t,
                       lambda t: t[:50] + "\n" + t[50:], lambda t: "...", lambda t: "abc"):
            self.refuses(400, "TOKEN_FORM", token=self.with_token(change))

    def test_I30_other_alphabets(self):
        def tail(t):  # a last character whose unused bits are not zero
            c = t[-1]
            table = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            return t[:-1] + table[table.index(c) | 1 if table.index(c) % 2 == 0
                                  else table.index(c) ^ 3]
        for change in (lambda t: t + "=", lambda t: t + "==", lambda t: t[:-5] + "+/+/" + t[-1:],
                       lambda t: t.split(".")[0] + "=." + t.split(".", 1)[1], tail):
            self.refuses(400, "TOKEN_FORM", token=self.with_token(change))

    def test_I31_alg_none(self):
        for name in ("none", "None", "nOnE", "NONE"):
            header = {"typ": "JWT", "alg": name, "kid": self.platform.keyring.current["kid"]}
            self.refuses(401, "TOKEN_ALG", token=self.with_header(header))
            self.refuses((400, 401), "TOKEN_ALG", "TOKEN_FORM",
                         token=lambda login, c, h=header: self.launcher.forge(h, c))

    def test_I32_hs256_with_the_public_key(self):
        key = self.platform.keyring.current
        public = json.dumps(json.loads(key.export_public()))
        for secret in (key.export_to_pem(), key.export_to_pem().strip(), public.encode()):
            def token(login, claims, secret=secret):
                text = b64({"typ": "JWT", "alg": "HS256", "kid": key["kid"]}) + "." + b64(claims)
                return text + "." + b64(hmac.new(secret, text.encode(),
                                                 hashlib.sha256).digest())
            self.refuses(401, "TOKEN_ALG", token=token)

    def test_I33_other_algorithms(self):
        kid = self.platform.keyring.current["kid"]
        for alg in (GONE, None, 256, ["RS256"], "rs256", "RS384", "RS512", "PS256", "ES256",
                    "EdDSA", "", "RS256 "):
            header = {"typ": "JWT", "kid": kid, "alg": alg}
            if alg is GONE:
                del header["alg"]
            self.refuses(401, "TOKEN_ALG", token=self.with_header(header))
        self.refuses(401, "TOKEN_ALG", header={"alg": "RS512"})

    def test_I34_kid(self):
        for kid in (GONE, None, 7, "", "k" * 301, ["k"]):
            header = {"typ": "JWT", "alg": "RS256", "kid": kid}
            if kid is GONE:
                del header["kid"]
            self.refuses(401, "TOKEN_KID", token=self.with_header(header))
        for kid in ("../../etc/passwd", "/dev/null", "' OR '1'='1", "x'; DROP TABLE login;--"):
            self.refuses(401, "KEY_UNKNOWN", header={"kid": kid})
        self.opens()

    def test_I35_unknown_kid_refetches_once(self):
        fresh = self.register("https://kid-%s.test" % self.database, "k")
        self.opens(fresh)
        self.sql("UPDATE platform_key_set SET tried_ms = 1")  # as if 30 s had passed
        before = self.platform.count("jwks")
        self.refuses(401, "KEY_UNKNOWN", launcher=fresh, header={"kid": "nobody"})
        self.assertEqual(before + 1, self.platform.count("jwks"))
        self.refuses(401, "KEY_UNKNOWN", launcher=fresh, header={"kid": "nobody"})
        self.refuses(401, "KEY_UNKNOWN", launcher=fresh, header={"kid": "nobody2"})
        self.assertEqual(before + 1, self.platform.count("jwks"))
        self.opens(fresh)

    def test_I36_signature(self):
        stranger = keys.generate(self.platform.keyring.current["kid"])
        self.refuses(401, "TOKEN_SIGNATURE", key=stranger)

        def flip(t):
            at = t.rindex(".") + 20
            return t[:at] + ("A" if t[at] != "A" else "B") + t[at + 1:]
        self.refuses(401, "TOKEN_SIGNATURE", token=self.with_token(flip))

        def alter(login, claims):
            head, _, made = self.launcher.sign(claims).split(".")
            return ".".join((head, b64({**claims, "sub": "1"}), made))
        self.refuses(401, "TOKEN_SIGNATURE", token=alter)

    def test_I37_keys_in_the_header(self):
        evil = keys.generate(self.platform.keyring.current["kid"])
        public = json.loads(evil.export_public())
        url = self.platform.base + "/evil"
        before = self.platform.count("unknown")
        for header in ({"jwk": public}, {"jku": url}, {"x5u": url}, {"x5c": ["MIIB"]}):
            self.refuses(401, "TOKEN_SIGNATURE", key=evil, token=lambda login, c, h=header:
                         raw_sign(evil, {"typ": "JWT", "alg": "RS256", "kid": evil["kid"],
                                         **h}, c))
        self.assertEqual(before, self.platform.count("unknown"))

    def test_I38_extensions(self):
        key = self.platform.keyring.current
        for more in ({"crit": ["exp"]}, {"b64": False}, {"b64": False, "crit": ["b64"]},
                     {"zip": "DEF"}):
            header = {"typ": "JWT", "alg": "RS256", "kid": key["kid"], **more}
            self.refuses(401, "TOKEN_EXTENSION",
                         token=lambda login, c, h=header: raw_sign(key, h, c))

    def test_I39_encrypted(self):
        header = {"alg": "RSA-OAEP", "enc": "A128GCM"}
        text = ".".join([b64(header)] + [b64("x" * 16)] * 4)
        self.refuses(400, "TOKEN_ENCRYPTED", token=lambda login, c: text)

    def test_I40_nested(self):
        key = self.platform.keyring.current
        self.refuses(400, "TOKEN_PAYLOAD", token=lambda login, c: raw_sign(
            key, {"typ": "JWT", "cty": "JWT", "alg": "RS256", "kid": key["kid"]},
            self.launcher.sign(c)))

    def test_I41_duplicate_keys(self):
        key = self.platform.keyring.current
        head = '{"typ":"JWT","alg":"RS256","kid":"%s"%s}'
        self.refuses(400, "TOKEN_HEADER", token=lambda login, c: raw_sign(
            key, head % (key["kid"], ',"kid":"%s"' % key["kid"]), c))

        def twice(login, claims):
            text = json.dumps(claims)
            return raw_sign(key, head % (key["kid"], ""),
                            text[:-1] + ', "aud": %s}' % json.dumps(claims["aud"]))
        self.refuses(400, "TOKEN_PAYLOAD", token=twice)

    def test_I42_payload(self):
        key = self.platform.keyring.current
        head = {"typ": "JWT", "alg": "RS256", "kid": key["kid"]}
        deep = '{"a":' * 40 + "1" + "}" * 40
        for payload in (b"[]", b'"x"', b"7", b"null", b"{", b'{"sub":"\xff\xfe"}',
                        b'{"sub":"\\ud800"}', deep.encode(), b"{} {}", b"\xef\xbb\xbf{}"):
            self.refuses(400, "TOKEN_PAYLOAD",
                         token=lambda login, c, p=payload: raw_sign(key, head, p))
        self.refuses(400, "TOKEN_PAYLOAD", "TOKEN_FORM",
                     token=lambda login, c: raw_sign(key, head, b""))
        self.refuses(400, token=lambda login, c: raw_sign(
            key, head, json.dumps({**c, "sub": "3\u00006"})))
        login = self.launcher.login(Browser())
        huge = self.launcher.sign(self.launcher.claims(login.nonce, name="x" * 10_000_000))
        self.assertEqual(413, self.launcher.post(login, huge).status)

    def test_I43_signature_length_and_cube_root(self):
        def shorter(t):
            return t[:t.rindex(".") + 1] + b64(b"\x01" * 255)
        for change in (shorter, lambda t: t + b64(b"\x00" * 3)):
            self.refuses((400, 401), "TOKEN_SIGNATURE", "TOKEN_FORM",
                         token=self.with_token(change))
        from cryptography.hazmat.primitives.asymmetric import rsa
        weak = rsa.generate_private_key(public_exponent=3, key_size=2048)
        numbers = weak.public_key().public_numbers()
        public = {"kty": "RSA", "kid": "cube", "alg": "RS256", "use": "sig", "e": "Aw",
                  "n": b64(numbers.n.to_bytes(256, "big"))}
        self.platform.keyring.extra.append(public)
        self.addCleanup(self.platform.keyring.extra.remove, public)
        fresh = self.register("https://cube-%s.test" % self.database, "k")
        self.refuses(401, "TOKEN_SIGNATURE", "KEY_UNKNOWN", launcher=fresh, token=lambda login, c:
                     forged_cube({"kid": "cube"}, c))
        # the same key with a true signature shows that the key itself is taken
        pair = jwk.JWK.from_pyca(weak)
        self.opens(fresh, token=lambda login, c: raw_sign(
            pair, {"typ": "JWT", "alg": "RS256", "kid": "cube"}, c))


class RegisteredClaims:
    """I44 to I57."""

    def test_I44_iss(self):
        for iss in (GONE, "https://other.test", self.launcher.iss + "/", "", 7, None):
            self.refuses(401, "ISS_MISMATCH", iss=iss)

    def test_I45_aud(self):
        for aud in (GONE, "other", [], 7, {"a": 1}, [self.client, 7], None, "", [[]]):
            self.refuses(401, "AUD", aud=aud)

    def test_I46_untrusted_audience_beside_ours(self):
        self.refuses(401, "AUD", aud=[self.client, "other"], azp=self.client)

    def test_I47_several_audiences_without_azp(self):
        self.refuses(401, "AUD", "AZP", aud=[self.client, "other"])
        self.refuses(401, "AUD", "AZP", aud=[self.client, "other"], azp="other")
        self.refuses(401, "AUD", "AZP", aud=[self.client, self.client], azp="other")

    def test_I48_azp(self):
        for azp in ("other", 7, ""):
            self.refuses(401, "AZP", azp=azp)

    def test_I49_exp(self):
        now = int(time.time())
        for exp in (GONE, "1700000000", str(now + 60), -1, None, "NaN", True, [now + 60]):
            self.refuses(401, "EXP", exp=exp)
        self.refuses(401, "EXP", exp=now - 90, iat=now - 400)
        key = self.platform.keyring.current

        def endless(login, claims):
            text = json.dumps(claims).replace('"exp": %d' % claims["exp"], '"exp": 1e400')
            return raw_sign(key, {"typ": "JWT", "alg": "RS256", "kid": key["kid"]}, text)
        self.refuses((400, 401), "EXP", "TOKEN_PAYLOAD", token=endless)

    def test_I50_iat(self):
        now = int(time.time())
        for iat in (GONE, str(now), None, True):
            self.refuses(401, "IAT", iat=iat)
        self.refuses(401, "IAT", iat=now + 120, exp=now + 180)
        self.refuses(401, "IAT", iat=now * 1000, exp=now * 1000 + 60_000)
        self.assertIn("milliseconds", self.log_json())

    def test_I51_iat_too_old(self):
        now = int(time.time())
        self.refuses(401, "IAT", iat=now - 1000, exp=now + 600)

    def test_I52_nbf(self):
        now = int(time.time())
        self.refuses(401, "NBF", nbf=now + 120)

    def test_I53_lifetime(self):
        now = int(time.time())
        self.refuses(401, "LIFETIME", iat=now, exp=now)
        self.refuses(401, "LIFETIME", iat=now + 20, exp=now + 10)
        self.refuses(401, "LIFETIME", iat=now, exp=now + 86_400 + 60)

    def test_I54_nonce(self):
        for nonce in (GONE, "", "other", 7, None):
            self.refuses(401, "NONCE", nonce=nonce)

    def test_I55_replay(self):
        browser = Browser()
        login = self.launcher.login(browser)
        token = self.launcher.sign(self.launcher.claims(login.nonce))
        before = self.count("session")
        kept = dict(browser.jar)
        self.opened(self.launcher.post(login, token), browser)
        browser.jar.update(kept)
        self.refused(self.launcher.post(login, token), 400, "STATE_UNKNOWN")
        self.assertEqual(before + 1, self.count("session"))

    def test_I56_same_token_under_a_fresh_state(self):
        """LOGIN-10."""
        browser = Browser()
        login = self.launcher.login(browser)
        token = self.launcher.sign(self.launcher.claims(login.nonce))
        self.opened(self.launcher.post(login, token), browser)
        self.refused(self.launcher.post(self.launcher.login(browser), token), 401, "NONCE")

    def test_I57_sub(self):
        for sub in (GONE, "", "x" * 256, 36, {"id": 1}, None):
            self.refuses(400, "SUB", sub=sub)
        anonymous = self.register("https://anyone-%s.test" % self.database, "a",
                                  "--allow-anonymous")
        self.opens(anonymous, sub=GONE)


class OnSqlite(TokenForm, RegisteredClaims, Case):
    database = "sqlite"


class OnPostgres(TokenForm, RegisteredClaims, Case):
    database = "postgresql"


if __name__ == "__main__":
    unittest.main()
