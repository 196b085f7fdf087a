import { expect } from "chai";
import { escapeMermaid } from "../../../src/tap/draw/mermaid.js";
import { toMermaid } from "../../../src/tap/index.js";
import { bothWays, scriptedCall, unsentCall } from "../scripted-call.js";

describe("the Mermaid diagram", () => {
  it("says what the terminal says", () => {
    const script = `c call\ns call\nc request a;b\ns response "x" #1\ns request a;b\nc response\ns note 50%% done
      s response\nc cancel\nc status 1 Cancelled on client\ns ended`;
    expect(toMermaid(scriptedCall(script, bothWays))).to.equal(
      [
        "sequenceDiagram",
        "    participant client as client",
        "    participant server as server",
        "    client->>server: Method",
        "    Note over client: 1: a#59;b leaves",
        "    server-->>client: 1: #34;x#34; #35;1",
        "    Note over server: 1: a#59;b arrives",
        "    Note over server: 50#37;#37; done",
        "    server--xclient: 2",
        "    client->>server: ✕ cancel",
        "    Note over client: CANCELLED: Cancelled on client",
        "",
      ].join("\n"),
    );
  });

  it("folds as the terminal does, and says which side has no recording", () => {
    const text = toMermaid(scriptedCall(`c call\n${"c request\n".repeat(5_000)}c status 0`, bothWays), { maxRows: 6 });
    expect(text).to.contain("Note over client,server: … 4,997 more");
    expect(text).to.contain("participant server as server (not recorded)");
    expect(text.trimEnd().split("\n")).to.have.length.at.most(3 + 6);
  });

  it("says that nothing left the client, if the recording says so", () => {
    expect(toMermaid(unsentCall("c call\nc request 7\nc half-close\nc status 4 too late"))).to.equal(
      [
        "sequenceDiagram",
        "    participant client as client",
        "    participant server as server",
        "    Note over client: Method  7 was not sent",
        "    Note over client: DEADLINE_EXCEEDED: too late",
        "",
      ].join("\n"),
    );
  });

  it("escapes what Mermaid would read as syntax", () => {
    expect(escapeMermaid("a;b#c\nd\"e'f<br/>%%$$\\n{x}&amp;")).to.match(/^(?:[^#;\n"'<>%$\\{}&]|#\d+;)*$/);
    expect(escapeMermaid("a;b")).to.equal("a#59;b");
    expect(escapeMermaid("wrap: x")).to.equal("#8203;wrap: x");
    expect(escapeMermaid("nowrap:x")).to.equal("#8203;nowrap:x");
    expect(escapeMermaid("wrapper: x")).to.equal("wrapper: x");
  });
});
