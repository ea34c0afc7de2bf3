/** The operators' login. */

import { request } from "./api.js";
import { element, icon } from "./element.js";

const byId = (id) => document.getElementById(id);
const name = byId("name");
const password = byId("password");
const problem = byId("problem");
const submit = byId("submit");
const reveal = byId("reveal");
let countdown = 0;

function target() {
  const next = new URLSearchParams(window.location.search).get("next") ?? "";
  return /^\/(?:desk|prompts)(?:[/?#]|$)/.test(next) ? next : "/desk";
}

function tell(text) {
  problem.replaceChildren(icon("alert"), element("p", { text }));
  problem.hidden = false;
}

/** Too many failures: the button comes back when the server will look at another attempt. */
function wait(seconds) {
  clearInterval(countdown);
  let left = seconds;
  const show = () => {
    submit.disabled = left > 0;
    submit.textContent = left > 0 ? `请等 ${left} 秒` : "登录";
    if (left <= 0) clearInterval(countdown);
    left -= 1;
  };
  show();
  countdown = window.setInterval(show, 1000);
}

async function signIn() {
  problem.hidden = true;
  const empty = [name, password].find((field) => !field.value.trim());
  if (empty) {
    tell(empty === name ? "请填写账号" : "请填写密码");
    empty.focus();
    return;
  }
  submit.disabled = true;
  submit.textContent = "正在登录…";
  const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? null;
  try {
    await request("POST", "/api/session", { body: { name: name.value.trim(), password: password.value }, csrf });
    window.location.replace(target());
  } catch (failure) {
    submit.disabled = false;
    submit.textContent = "登录";
    tell(failure.message);
    if (failure.status === 429) wait(failure.retryAfter ?? 30);
    else if (failure.status === 401) {
      password.select();
      password.focus();
    }
  }
}

byId("login").addEventListener("submit", (event) => {
  event.preventDefault();
  signIn();
});

reveal.addEventListener("click", () => {
  const shown = password.type === "password";
  password.type = shown ? "text" : "password";
  reveal.setAttribute("aria-pressed", String(shown));
  reveal.textContent = shown ? "隐藏" : "显示";
  password.focus();
});

password.addEventListener("keyup", (event) => {
  byId("caps").textContent = event.getModifierState?.("CapsLock") ? "大写锁定已打开" : "";
});

name.focus();
