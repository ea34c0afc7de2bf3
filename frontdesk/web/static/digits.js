/**
 * Number keys answer the open question.
 *
 * Outside the box a digit answers at once. In the empty box the digit is typed as usual and answers only if nothing
 * else follows: "110", a house number or a telephone number must stay what they are. Where the answer may well begin
 * with a digit, only Enter confirms it.
 */

const PAUSE = 900;

/** Slots that are answered in the citizen's own words or figures. */
const FREE = new Set(["location", "time", "people", "event", "demand", "phone", "name", "plate", "amount"]);

/**
 * @param {{options: () => HTMLElement|null, composer: import("./composer.js").Composer, hint: HTMLElement}} parts
 */
export function listenForDigits({ options, composer, hint }) {
  let timer = 0;
  const disarm = () => {
    clearTimeout(timer);
    hint.textContent = "";
    for (const each of document.querySelectorAll(".option.is-armed")) each.classList.remove("is-armed");
  };
  const pick = (digit) => options()?.querySelector(`.option[data-digit="${digit}"]`) ?? null;
  const take = (button) => {
    disarm();
    if (composer.text.trim()) composer.clear();
    button.click();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || document.querySelector("dialog[open]")) return;
    const writing = event.target === composer.field;
    if (writing && event.key === "Enter" && !event.shiftKey && !event.isComposing && !composer.composing) {
      const button = /^[1-9]$/.test(composer.text.trim()) ? pick(composer.text.trim()) : null;
      if (!button) return;
      event.preventDefault();
      take(button);
      return;
    }
    if (!writing && /^[1-9]$/.test(event.key) && !(event.target instanceof HTMLInputElement)) {
      const button = pick(event.key);
      if (!button) return;
      event.preventDefault();
      take(button);
    }
  }, { capture: true });

  composer.field.addEventListener("input", () => {
    disarm();
    const digit = composer.text;
    const button = /^[1-9]$/.test(digit) && !composer.composing ? pick(digit) : null;
    if (!button) return;
    button.classList.add("is-armed");
    if (FREE.has(options()?.dataset.slot)) {
      hint.textContent = `按回车选“${button.lastElementChild.textContent}”，或接着写`;
      return;
    }
    timer = window.setTimeout(() => composer.text === digit && button.isConnected && take(button), PAUSE);
  });
}
