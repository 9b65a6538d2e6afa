"""Plays LMS and browser in one launch, and can tamper with every part of it.

The id_token is signed here with the stand-in's key (jwcrypto), so that a test decides on each
byte; the stand-in only serves the key set.
"""
import base64
import copy
import json
import secrets
import time
import urllib.parse

from tests.integration.browser import Browser
from tests.platform import keys

L = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
LEARNER, INSTRUCTOR = MEMBERSHIP + "Learner", MEMBERSHIP + "Instructor"
GONE = object()  # as a claim's value: leave the claim out


def b64(data):
    """base64url without padding."""
    if isinstance(data, (dict, list)):
        data = json.dumps(data)
    if isinstance(data, str):
        data = data.encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def merged(claims, changes):
    """claims with changes; a value GONE takes a claim away."""
    out = dict(claims)
    for k, v in changes.items():
        if v is GONE:
            out.pop(k, None)
        else:
            out[k] = v
    return out


class Login:
    """What one login initiation brought: the redirect and what stands in it."""

    def __init__(self, answer, browser):
        self.answer, self.browser = answer, browser
        self.params = {}
        if answer.location:
            query = urllib.parse.urlsplit(answer.location).query
            self.params = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))

    @property
    def state(self):
        return self.params["state"]

    @property
    def nonce(self):
        return self.params["nonce"]


class Launcher:
    """Launches one registration of one tool."""

    def __init__(self, tool_url, keyring, iss, client_id, deployment="1", services=None):
        self.tool_url, self.keyring = tool_url, keyring
        self.iss, self.client_id, self.deployment = iss, client_id, deployment
        self.services = services  # the stand-in whose service URLs go into the claims
        self.login_url = tool_url + "/lti/login"
        self.launch_url = tool_url + "/lti/launch"

    # -- login ------------------------------------------------------------------------------

    def login_params(self, **changes):
        p = {"iss": self.iss, "target_link_uri": self.launch_url, "login_hint": "36",
             "lti_message_hint": '{"cmid":1001,"launchid":"l1"}', "client_id": self.client_id,
             "lti_deployment_id": self.deployment}
        return merged(p, changes)

    def login(self, browser=None, method="POST", params=None, headers=None, **changes):
        """Begin a launch. params: pairs or raw text instead of the usual form."""
        browser = browser or Browser()
        if params is None:
            params = self.login_params(**changes)
        if method == "GET":
            query = params if isinstance(params, str) else urllib.parse.urlencode(params)
            answer = browser.get(self.login_url + "?" + query, headers=headers)
        else:
            form = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
            answer = browser.request(method, self.login_url, params, headers=form)
        return Login(answer, browser)

    # -- token ------------------------------------------------------------------------------

    def claims(self, login_nonce, /, **changes):
        """The claims of a resource link launch as Moodle sends them. Changes by claim name;
        names without a URL that are LTI's are given short: context=..., version=..."""
        now = int(time.time())
        c = {"iss": self.iss, "aud": self.client_id, "sub": "36", "nonce": login_nonce, "iat": now,
             "exp": now + 60, "name": "Ana Alvarez", "given_name": "Ana",
             "family_name": "Alvarez", "email": "student01@school.test",
             L + "deployment_id": self.deployment, L + "target_link_uri": self.launch_url,
             L + "message_type": "LtiResourceLinkRequest", L + "version": "1.3.0",
             L + "roles": [LEARNER],
             L + "resource_link": {"id": "1", "title": "My skills"},
             L + "context": {"id": "3", "label": "ALG1", "title": "Algebra I",
                             "type": ["CourseSection"]},
             L + "launch_presentation": {"locale": "en", "document_target": "iframe",
                                         "return_url": self.iss + "/mod/lti/return.php?c=3"},
             L + "tool_platform": {"guid": "g1", "product_family_code": "moodle",
                                   "name": "School"}}
        if self.services:
            course = self.services.world.courses[3]
            c[AGS] = {"scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/" + s for s in
                                ("lineitem", "lineitem.readonly", "result.readonly", "score")],
                      "lineitems": self.services.oidc.lineitems_url(course)}
            c[NRPS] = {"context_memberships_url":
                       self.services.oidc.memberships_url(course),
                       "service_versions": ["1.0", "2.0"]}
        lti = ("deployment_id target_link_uri message_type version roles resource_link context "
               "launch_presentation tool_platform custom lis for_user lti1p1 ext "
               "role_scope_mentor").split()
        return merged(c, {(L + k if k in lti else k): v for k, v in changes.items()})

    def sign(self, claims, header=None, key=None):
        return keys.sign(claims, key or self.keyring.current, header)

    def forge(self, header, payload, signature=b""):
        """A token of any parts, unsigned or signed by whatever the caller likes."""
        return "%s.%s.%s" % (b64(header), b64(payload), b64(signature))

    # -- launch -----------------------------------------------------------------------------

    def post(self, login, token, /, browser=None, headers=None, **changes):
        """POST the launch form. Changes replace, add or (GONE) drop fields."""
        form = merged({"id_token": token, "state": login.state}, changes)
        headers = {"Origin": "https://lms.test", **(headers or {})}
        return (browser or login.browser).post(self.launch_url, form, headers=headers)

    def attempt(self, header=None, key=None, token=None, browser=None, login=None, form=None,
                **changes):
        """A fresh login and one launch POST; the answer, redirect not followed. token: a
        function from (login, claims) to the id_token text."""
        login = login or self.login(browser)
        claims = self.claims(login.nonce, **changes)
        text = token(login, claims) if token else self.sign(claims, header, key)
        return self.post(login, text, **(form or {}))

    def launch(self, browser=None, **changes):
        """A launch that should work: the page at its end."""
        browser = browser or Browser()
        answer = self.attempt(browser=browser, **changes)
        return browser.follow(answer)

    def copy(self, **changes):
        """The same launcher with other attributes."""
        other = copy.copy(self)
        for k, v in changes.items():
            setattr(other, k, v)
        return other


def random_id():
    return secrets.token_hex(6)


def raw_sign(key, header, payload):
    """A token of exactly these bytes, really signed (RS256): for what a JSON writer would not
    write."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    head = header if isinstance(header, (str, bytes)) else json.dumps(header)
    body = payload if isinstance(payload, (str, bytes)) else json.dumps(payload)
    text = b64(head) + "." + b64(body)
    made = key.get_op_key("sign").sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return text + "." + b64(made)


def forged_cube(key, claims):
    """A token for a key with e = 3, signed without its private part: the padding is right at
    its beginning and garbage behind (I43)."""
    import hashlib
    header = {"typ": "JWT", "alg": "RS256", "kid": key.get("kid")}
    text = b64(header) + "." + b64(claims)
    digest = bytes.fromhex("3031300d060960864801650304020105000420")
    digest += hashlib.sha256(text.encode()).digest()
    size = 256
    low = b"\x00\x01" + b"\xff" * 8 + b"\x00" + digest
    target = int.from_bytes(low + b"\x00" * (size - len(low)), "big")
    root = cube_root(target) + 1
    return text + "." + b64(root.to_bytes(size, "big"))


def cube_root(n):
    """The largest integer whose cube is at most n."""
    low, high = 0, 1 << ((n.bit_length() + 2) // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if middle ** 3 <= n:
            low = middle
        else:
            high = middle - 1
    return low
