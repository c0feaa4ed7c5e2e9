import { readFileSync } from "node:fs";
import ts from "typescript";

const path = new URL("../../src/model/events.ts", import.meta.url);

/** The events as `model/events.ts` declares them: each name with the names of its fields. */
export function declaredEvents(): Map<string, readonly string[]> {
  const source = ts.createSourceFile("events.ts", readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const interfaces = new Map<string, readonly string[]>();
  const events = new Map<string, readonly string[]>();
  source.forEachChild((node) => {
    if (ts.isInterfaceDeclaration(node)) interfaces.set(node.name.text, node.members.map(nameOf));
  });
  source.forEachChild((node) => {
    if (!ts.isTypeAliasDeclaration(node) || node.name.text !== "WaybillEvent" || !ts.isUnionTypeNode(node.type)) return;
    for (const one of node.type.types) {
      const found = { event: "", fields: [] as string[] };
      gather(one, interfaces, found);
      events.set(found.event, found.fields);
    }
  });
  return events;
}

function gather(
  type: ts.TypeNode,
  interfaces: ReadonlyMap<string, readonly string[]>,
  found: { event: string; fields: string[] },
): void {
  if (ts.isParenthesizedTypeNode(type)) gather(type.type, interfaces, found);
  else if (ts.isIntersectionTypeNode(type)) for (const one of type.types) gather(one, interfaces, found);
  else if (ts.isTypeReferenceNode(type)) found.fields.push(...(interfaces.get(type.typeName.getText()) ?? []));
  else if (ts.isTypeLiteralNode(type)) {
    for (const member of type.members) {
      if (nameOf(member) !== "event") found.fields.push(nameOf(member));
      else if (ts.isPropertySignature(member) && member.type !== undefined && ts.isLiteralTypeNode(member.type))
        found.event = (member.type.literal as ts.StringLiteral).text;
    }
  }
}

function nameOf(member: ts.TypeElement): string {
  return member.name === undefined ? "" : member.name.getText();
}
