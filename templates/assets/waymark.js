/* Everything works without this file. It tells the frame around us our height and the LMS that a
   registration is done, reads a chosen file, sends a waiting form again, stops double sending. */
(function () {
  "use strict";
  var doc = document, home = window.opener || parent, last = 0, soon;

  function each(what, use) { doc.querySelectorAll(what).forEach(use); }

  function tell() {
    var height = Math.min(10000, Math.max(200, doc.body.offsetHeight + 1));
    if (Math.abs(height - last) < 2) return;
    last = height;
    var message = { subject: "lti.frameResize", height: height };
    parent.postMessage(message, "*");
    parent.postMessage(JSON.stringify(message), "*");
  }
  if (parent !== window && window.ResizeObserver) new ResizeObserver(function () {
    clearTimeout(soon);
    soon = setTimeout(tell, 200);
  }).observe(doc.body);

  // What a login by cookie left in platform storage goes (see storage.js).
  var kept = /^#(lti_s_\w{16}),([\w.:-]+),(https?:\/\/[^,]+)$/.exec(location.hash);
  function drop(at) {
    at.postMessage({ subject: "lti.put_data", message_id: kept[1], key: kept[1], value: null }, kept[3]);
  }
  if (kept) try { drop(home); drop(home.frames[kept[2]]); } catch (e) { /* no such frame */ }

  each("input[data-into]", function (input) {
    var target = doc.getElementById(input.dataset.into);
    input.parentNode.hidden = false;
    input.addEventListener("change", function () {
      var file = input.files[0];
      if (!file || file.size > 200000) return;
      file.text().then(function (text) { target.value = text; });
    });
  });

  each("input[data-zone]", function (input) {
    var m = -new Date().getTimezoneOffset(), two = function (n) { return ("0" + n).slice(-2); };
    if (input.value !== "+00:00") return;
    input.value = (m < 0 ? "-" : "+") + two(Math.floor(Math.abs(m) / 60)) + ":" + two(Math.abs(m) % 60);
  });

  each("form[data-again]", function (form) {
    setTimeout(function () { form.submit(); }, 1000 * form.dataset.again);
  });

  doc.addEventListener("submit", function (event) {
    var form = event.target, now = Date.now();
    if (event.submitter && event.submitter.formTarget) return;
    if (now - (form.sentAt || 0) < 4000) event.preventDefault();
    else form.sentAt = now;
  });

  each("button[data-close]", function (button) {
    if (home === window) return;
    button.hidden = false;
    button.addEventListener("click", function () { /* nothing secret: any origin may hear it */
      home.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
      setTimeout(function () {
        home.postMessage({ subject: "lti.close" }, "*");
        if (window.opener) window.close();
      }, 300);
    });
  });

  each("button[data-print]", function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { print(); });
  });
  addEventListener("beforeprint", function () {
    each("details", function (d) { d.open = true; });
  });
  doc.documentElement.classList.add("js");
})();
