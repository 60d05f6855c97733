// Parses cleanup.ps1 with a grammar of PowerShell.
import fs from "node:fs";
import { createRequire } from "node:module";
import { Language, Parser } from "web-tree-sitter";

await Parser.init();
const parser = new Parser();
const grammar = createRequire(import.meta.url).resolve("tree-sitter-powershell/package.json");
parser.setLanguage(await Language.load(grammar.replace("package.json", "tree-sitter-powershell.wasm")));

function check(text, what) {
  const tree = parser.parse(text);
  if (tree.rootNode.hasError) throw new Error(what + ": not PowerShell");
}

for (const file of process.argv.slice(2)) {
  const text = fs.readFileSync(file, "utf8");
  check(text, file);
  // eslint-disable-next-line no-control-regex
  if (/[^\x00-\x7f]/.test(text)) throw new Error(file + ": more than ASCII");
  // Every change goes to one of these addresses, by the id of a record that was compared.
  const changes = text.match(/-Method (?!GET)[^\n]*/g);
  const known = ["DELETE -Uri ($ManagedUri + '/' + $item.Managed.id)", "DELETE -Uri $uri", "POST -Uri $SyncUri",
    "POST -Uri ($uri + '/unassignUserFromDevice')"];
  for (const call of changes)
    if (!known.some((k) => call.startsWith("-Method " + k + " "))) throw new Error(file + ": changes something else: " + call);
  if (!text.includes("$uri = $AutopilotUri + '/' + $item.Autopilot.id")) throw new Error(file + ": $uri is another");
  if (text.match(/https:[^\s']*/g).some((u) => !/\/deviceManagement\//.test(u))) throw new Error(file + ": another address");
  console.log("ok " + file.split("/").pop() + " is PowerShell and ASCII, and leaves Entra alone");
}
