"""LTI platform storage on the course page: windows that keep values for tools, and windows that
do it badly. `world.storage_target` says which window (`_parent` or a frame's name),
`world.storage` how it answers: {"on": "put_data" or "get_data" (both without), "do": one of}

| do | effect |
|---|---|
| silent | no answer |
| late | the answer comes after `seconds` (default 6) |
| wrong_id | another message_id |
| string | the answer as JSON text |
| error | an `error` member (`code`, default storage_exhaustion) |
| wrong_origin | the frame is of another origin, and answers |
| relay | with `_parent`: a frame of another origin answers, message_id and all |
| wrong_source | another window of the right origin answers |
| none | value null, as if nothing had been put |
| other, long | another value, or the right one with more behind it |
| missing | there is no frame of that name; the course page itself answers |

`"around": true` with a frame: the course page around it answers too, and well.
`"styles": ["lti", "ims"]` are the subjects that are understood: `lti.put_data` and the older
`org.imsglobal.lti.put_data`. What came is in `window.storageLog` of the course page."""
import html
import json
import urllib.parse

from .web import Answer

LIMIT = 4096  # characters of keys and values for each tool's origin

SCRIPT = """
(function () {
  var how = JSON.parse(document.currentScript.getAttribute("data-how"));
  var prefixes = {lti: "lti.", ims: "org.imsglobal.lti."};
  var memory = {};
  function load(origin) {
    try { return JSON.parse(localStorage.getItem("lti|" + origin) || "{}"); }
    catch (e) { return memory[origin] || {}; }
  }
  function save(origin, all) {
    memory[origin] = all;
    try { localStorage.setItem("lti|" + origin, JSON.stringify(all)); } catch (e) { }
  }
  function note(row) {
    var page = how.frame ? parent : window;
    try { (page.storageLog = page.storageLog || []).push(row); } catch (e) { }
  }
  function put(answer, d, origin) {
    var all = load(origin), used = 0;
    if (d.value === null || d.value === "") delete all[d.key]; else all[d.key] = d.value;
    Object.keys(all).forEach(function (k) { used += k.length + all[k].length; });
    if (used > how.limit || Object.keys(all).length > 500) {
      answer.error = {code: "storage_exhaustion", message: "Too much"};
      return;
    }
    save(origin, all);
    answer.key = d.key;
    answer.value = d.value;
  }
  function get(answer, d, origin) {
    var value = load(origin)[d.key];
    answer.key = d.key;
    answer.value = value === undefined ? null : value;
    if (how.do === "none") answer.value = null;
    if (how.do === "other") answer.value = "x".repeat(43);
    if (how.do === "long" && value) answer.value = value + "x".repeat(1000);
  }
  addEventListener("message", function (event) {
    var d = event.data, source = event.source, style, verb;
    if (!d || typeof d !== "object" || typeof d.subject !== "string") return;
    how.styles.forEach(function (s) {
      if (d.subject.indexOf(prefixes[s]) === 0) {
        style = prefixes[s];
        verb = d.subject.slice(style.length);
      }
    });
    if (["capabilities", "put_data", "get_data"].indexOf(verb) < 0) return;
    note({verb: verb, key: d.key, value: d.value, origin: event.origin, style: style});
    var bad = !how.on || how.on === verb ? how.do : "", answer = {
      subject: d.subject + ".response", message_id: d.message_id};
    if (!d.message_id || (verb !== "capabilities" && !d.key))
      answer.error = {code: "bad_request", message: "message_id and key are needed"};
    else if (verb === "capabilities")
      answer.supported_messages = ["capabilities", "put_data", "get_data"].map(function (v) {
        return {subject: style + v, frame: how.target};
      });
    else if (verb === "put_data") put(answer, d, event.origin);
    else get(answer, d, event.origin);
    if (bad === "silent") return;
    if (bad === "wrong_id") answer.message_id = d.message_id + "x";
    if (bad === "error") answer = {subject: answer.subject, message_id: d.message_id,
      error: {code: how.code || "storage_exhaustion", message: "No"}};
    if (bad === "string") answer = JSON.stringify(answer);
    function reply() { source.postMessage(answer, event.origin); }
    if (bad === "late") return setTimeout(reply, 1000 * (how.seconds || 6));
    if (bad === "relay") return frames.relay.postMessage({relay: answer}, "*");
    if (bad === "wrong_source") return parent.answerInstead(answer);
    source.postMessage("noise", "*"); // as pages are full of it
    reply();
  });
})();
"""

RELAY = """addEventListener("message", function (event) {
  for (var i = 0; event.data.relay && i < parent.frames.length; i++)
    if (parent.frames[i] !== window) parent.frames[i].postMessage(event.data.relay, "*");
});"""

# The course page around a frame: it can answer in the frame's place.
AROUND = """window.storageLog = [];
window.answerInstead = function (answer) {
  document.getElementById("tool").contentWindow.postMessage(answer, "*");
};"""


class Storage:
    def __init__(self, world):
        self.world = world

    def _script(self, frame, **more):
        w = self.world
        how = {"styles": ["lti"], "limit": LIMIT, **(w.storage or {}), "frame": frame,
               "target": w.storage_target, **more}
        return "<script data-how=\"%s\">%s</script>" % (
            html.escape(json.dumps(how), True), SCRIPT)

    def on_course_page(self):
        """What stands before the tool's iframe."""
        target, how = self.world.storage_target, self.world.storage or {}
        do = how.get("do")
        if not target:
            return ""
        base = self.world.base
        other = base.replace(urllib.parse.urlsplit(base).hostname, "localhost")
        if do == "relay":
            return self._script(False) + (
                '<iframe name="relay" hidden src="%s/storage_frame?relay=1"></iframe>' % other)
        if target == "_parent" or do == "missing":
            return self._script(False)
        if do == "wrong_origin":
            base = other
        around = self._script(False, do="") if how.get("around") else ""
        return ('%s<script>%s</script><iframe name="%s" hidden src="%s/storage_frame"></iframe>'
                % (around, AROUND, html.escape(target, True), base))

    def frame(self, req):
        """The frame that keeps the values."""
        script = "<script>%s</script>" % RELAY if req.query.get("relay") else self._script(True)
        return Answer(200, "<!doctype html><html lang=\"en\"><title>Storage</title>"
                      "<body>%s</body></html>" % script)

