/** The large-type switch: buttons with data-type-switch; the choice is kept in this browser. */

const root = document.documentElement;

function show() {
  const large = root.dataset.type === "large";
  for (const button of document.querySelectorAll("[data-type-switch]")) button.setAttribute("aria-pressed", String(large));
}

for (const button of document.querySelectorAll("[data-type-switch]")) {
  button.addEventListener("click", () => {
    const large = root.dataset.type !== "large";
    if (large) root.dataset.type = "large";
    else delete root.dataset.type;
    try {
      window.localStorage.setItem("ydt.type", large ? "large" : "normal");
    } catch (error) {
      console.info("type size not stored", error.name);
    }
    show();
  });
}
show();
