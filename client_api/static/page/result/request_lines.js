// The request that was made, for people to repeat it: as a `curl` line and as Python.

import { choice, choiceParameters, predictPath } from "../choice.js";
import { address, config } from "../config.js";
import { look } from "../look.js";
import { OF_A_PIPELINE } from "../predict_request.js";

function parametersOf({ result }) {
  const shown = new Map(result.detections.map((each) => [each.class_id, each.label]));
  const hidden = look.hiddenClasses;
  const isNarrowed = [...shown.keys()].some((each) => hidden.has(each));
  const kept = [...shown].filter(([id]) => !hidden.has(id));
  const classes = kept.map(([id, label]) => (canBeAskedBy(label, [...shown.values()]) ? label : id));
  /** @type {Record<string, string>} */
  const usual = choice.pipeline ? { max_detections: String(OF_A_PIPELINE.max_detections) } : {};
  /** @type {Record<string, string>} */
  const parameters = { ...choiceParameters(), ...usual, score_threshold: String(look.threshold) };
  if (isNarrowed && classes.length) parameters.classes = classes.join(",");
  return parameters;
}

/** Whether a label says which class is meant; else its number does. */
function canBeAskedBy(label, labels) {
  const isOne = labels.indexOf(label) === labels.lastIndexOf(label);
  return isOne && label !== null && label.trim() === label && !/,|^\d*$/.test(label);
}

function shellQuoted(text) {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** The request for `item` as a line of a POSIX shell. */
export function curlLine(item) {
  const url = new URL(address(predictPath()));
  for (const [name, value] of Object.entries(parametersOf(item))) url.searchParams.set(name, value);
  const parts = ["curl", "-F", shellQuoted(`image=@${formName(item.file.name)}`)];
  if (item.labelMap) parts.push("-F", shellQuoted(`label_map=@${formName(item.labelMap.name)}`));
  // In double quotes, so that the shell puts the key in.
  if (config.needs_key) parts.push("-H", '"X-API-Key: $API_KEY"');
  return [...parts, shellQuoted(url.href)].join(" ");
}

/** curl takes what follows `;` or `,` in a file's name for something else. */
function formName(name) {
  return /[;,"]/.test(name) ? `"${name.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"` : name;
}

/** The same in Python. */
export function pythonLines(item) {
  const files = [`    "image": open(${JSON.stringify(item.file.name)}, "rb"),`];
  if (item.labelMap) {
    files.push(`    "label_map": open(${JSON.stringify(item.labelMap.name)}, "rb"),`);
  }
  const imports = config.needs_key ? ["import os", ""] : [];
  const headers = config.needs_key ? ['    headers={"X-API-Key": os.environ["API_KEY"]},'] : [];
  return [
    ...imports,
    "import httpx",
    "",
    "files = {",
    ...files,
    "}",
    "answer = httpx.post(",
    `    ${JSON.stringify(address(predictPath()))},`,
    `    params=${JSON.stringify(parametersOf(item))},`,
    "    files=files,",
    ...headers,
    // httpx gives up after 5 seconds, which the gateway may take and more.
    "    timeout=60,",
    ")",
    // Else it would be `detections` that is missing, whatever the gateway says.
    "if answer.is_error:",
    '    raise SystemExit(answer.json()["detail"])',
    'for found in answer.json()["detections"]:',
    '    print(found["label"], found["score"], found["box"])',
  ].join("\n");
}
