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
  // One place sends requests, and these are all that change something. What they delete is tested by running them.
  if (text.match(/Invoke-MgGraphRequest @call/g).length !== 1) throw new Error(file + ": several places send requests");
  const changes = text.match(/Invoke-Graph '(?!GET)[^\n]*/g).join();
  if (changes !== "Invoke-Graph 'DELETE' $uri (Get-Headers $request),Invoke-Graph 'POST' $uri $null,Invoke-Graph 'POST' $SyncUri $null")
    throw new Error(file + ": changes something else: " + changes);
  const paths = [...text.matchAll(/\$Origin \+ '([^']*)'/g)].map((m) => m[1]);
  if (paths.some((p) => !/^(v1.0|beta)\/(deviceManagement|informationProtection\/bitlocker)\//.test(p))) throw new Error(file + ": another address");
  console.log("ok " + file.split("/").pop() + " is PowerShell and ASCII, and leaves Entra alone");
}
