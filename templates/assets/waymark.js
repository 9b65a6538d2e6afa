/* Everything works without this file. It tells the frame around us how tall we are, reads a
   chosen file into a text field, sends a waiting form again, tells the LMS that a registration
   is done, and stops double sending. */
(function () {
  "use strict";
  var doc = document, root = doc.documentElement, last = 0, soon;

  function tell() {
    var height = Math.min(10000, Math.max(200, Math.ceil(doc.body.getBoundingClientRect().height) + 1));
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

  // A login that was known by its cookie: its value in platform storage goes (see storage.js).
  var kept = /^#(lti_s_\w{16}),([\w.:-]+),(https?:\/\/[^,]+)$/.exec(location.hash);
  if (kept) {
    var home = window.opener || parent, target = home;
    history.replaceState(null, "", location.pathname + location.search);
    try {
      var named = home.frames[kept[2]];
      if (named.parent === home && named !== home) target = named;
    } catch (e) { /* no such frame */ }
    target.postMessage({ subject: "lti.put_data", message_id: kept[1], key: kept[1], value: null }, kept[3]);
  }

  doc.querySelectorAll("input[data-into]").forEach(function (input) {
    var target = doc.getElementById(input.getAttribute("data-into"));
    input.parentNode.hidden = false;
    input.addEventListener("change", function () {
      var file = input.files[0];
      if (!file || file.size > 200000) return;
      file.text().then(function (text) { target.value = text; });
    });
  });

  doc.querySelectorAll("input[data-zone]").forEach(function (input) {
    var m = -new Date().getTimezoneOffset(), two = function (n) { return ("0" + n).slice(-2); };
    if (input.value !== "+00:00") return;
    input.value = (m < 0 ? "-" : "+") + two(Math.floor(Math.abs(m) / 60)) + ":" + two(Math.abs(m) % 60);
  });

  doc.querySelectorAll("form[data-again]").forEach(function (form) {
    setTimeout(function () { form.submit(); }, 1000 * form.getAttribute("data-again"));
  });

  doc.addEventListener("submit", function (event) {
    var form = event.target, now = Date.now();
    if (event.submitter && event.submitter.getAttribute("formtarget")) return;
    if (now - (form.sentAt || 0) < 4000) event.preventDefault();
    else form.sentAt = now;
  });

  doc.querySelectorAll("button[data-close]").forEach(function (button) {
    var platform = window.opener || (parent !== window ? parent : null);
    if (!platform) return;
    button.hidden = false;
    button.addEventListener("click", function () { /* nothing secret: any origin may hear it */
      platform.postMessage({ subject: "org.imsglobal.lti.close" }, "*");
      setTimeout(function () {
        platform.postMessage({ subject: "lti.close" }, "*");
        if (window.opener) window.close();
      }, 300);
    });
  });

  doc.querySelectorAll("button[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () { print(); });
  });
  addEventListener("beforeprint", function () {
    doc.querySelectorAll("details").forEach(function (d) { d.open = true; });
  });
  root.classList.add("js");
})();
