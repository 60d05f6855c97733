// cleanup.ps1 against a real grammar of PowerShell.
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
  for (const call of text.match(/-Method (DELETE|POST)[^\n]*/g))
    if (/\/devices\b/.test(call)) throw new Error(file + ": touches Entra devices: " + call);
  console.log("ok " + file.split("/").pop() + " is PowerShell and ASCII, and leaves Entra alone");
}
