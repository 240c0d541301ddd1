"use strict";

const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};

const typeOf = (schema) => schema.enum ? schema.enum.join(" | ") : [schema.type || "any"].flat().join(" | ");

const fieldsOf = (schema) => {
  if (schema.anyOf) return schema.anyOf.map((each) => fieldsOf(each)).flatMap((list, at) => at ? ["or", ...list] : list);
  const required = new Set(schema.required || []);
  return Object.entries(schema.properties || {}).map(([name, of]) =>
    `${name}: ${typeOf(of)}${required.has(name) ? " (required)" : ""}${of.description ? `; ${of.description}` : ""}`);
};

const show = (said) => {
  const list = document.getElementById("paths");
  list.replaceChildren();
  for (const [path, item] of Object.entries(said.paths)) {
    for (const method of ["get", "post", "delete"]) {
      const operation = item[method];
      if (!operation) continue;
      const section = element("section", "", element("h2", `${method.toUpperCase()} ${path}`), element("p", operation.summary));
      const body = operation.requestBody && operation.requestBody.content["application/json"].schema;
      const fields = body ? fieldsOf(body) : [];
      if (fields.length) section.append(element("ul", "", ...fields.map((field) => element("li", field))));
      list.append(section);
    }
  }
};

fetch("/docs/openapi.json").then((answer) => answer.json()).then(show).catch((error) => {
  document.getElementById("paths").textContent = `The document cannot be read: ${error.message}`;
});
