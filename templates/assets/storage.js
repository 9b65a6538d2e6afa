/* LTI platform storage. Where the browser keeps no cookie for us, a window of the LMS keeps
   the login's value: put on the way out, got when the launch is back. Without an answer in
   time things go on as if there were no storage. */
(function () {
  "use strict";
  var box = document.getElementById("storage"), say = box.dataset, put = say.put;
  var home = opener || parent; // never top (PS-1)
  var wait = 2000; // for one answer; there are two at most (PS-5)

  // PS-2: the named frame inside that window, or the window itself.
  function frame() {
    try {
      var named = home.frames[say.frame];
      if (named.parent === home && named !== home) return named;
    } catch (e) { /* no such frame */ }
    return home;
  }

  // PS-3, PS-4: to one origin, and only its answer to this very question counts.
  function ask(target, subject, value, done) {
    var id = "wm-" + Array.prototype.join.call(crypto.getRandomValues(new Uint32Array(4)), "-");
    var timer = setTimeout(end, wait);
    function end(answer) {
      clearTimeout(timer);
      removeEventListener("message", hear);
      done(answer);
    }
    function hear(event) {
      var d = event.data;
      if (event.origin !== say.origin || event.source !== target || !d || typeof d !== "object" ||
        d.message_id !== id || (d.subject !== subject && d.subject !== subject + ".response")) return;
      end(d.error ? null : d);
    }
    addEventListener("message", hear);
    tell(target, subject, id, value);
  }

  function tell(target, subject, id, value, key) {
    var message = { subject: subject, message_id: id, key: key || say.key };
    if (value !== undefined) message.value = value;
    try { target.postMessage(message, say.origin); } catch (e) { /* runs into its time */ }
  }

  function first(subject, value, done) {
    var target = frame();
    if (home === window) return done(); // nobody around us
    ask(target, subject, value, function (answer) {
      if (answer !== undefined || target === home) done(answer, target);
      else ask(home, subject, value, function (again) { done(again, home); });
    });
  }

  // PS-6: what logins left that never came back. Done first: it makes room.
  function sweep(target) {
    try {
      Object.keys(localStorage).forEach(function (key) {
        if (key.indexOf("lti_s_") || localStorage[key] > Date.now() - 6e5) return;
        localStorage.removeItem(key);
        tell(target, "lti.put_data", key, null, key);
      });
      localStorage[say.key] = Date.now();
    } catch (e) { /* not allowed here either */ }
  }

  if (put) {
    if (home !== window) sweep(frame());
    first("lti.put_data", put, function () { location.replace(box.href); });
  } else {
    first("lti.get_data", undefined, function (answer, target) {
      if (answer && typeof answer.value === "string") {
        box.elements.verifier.value = answer.value.slice(0, 200);
        tell(target, "lti.put_data", "wm-gone", null);
      }
      box.submit();
    });
  }
})();
