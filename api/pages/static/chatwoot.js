/* Chatwoot's dashboard apps: what they post into a frame, as a host's message of ours. */

export const ASK = "chatwoot-dashboard-app:fetch-info";
const INCOMING = 0;
const OUTGOING = 1;
const NAMES = {
  product: ["kb_product", "product", "sku"],
  channel: ["kb_channel", "channel"],
  stage: ["kb_stage", "stage"],
  order_date: ["kb_order_date", "order_date", "order_at"],
};

/** What Chatwoot posted, or null where it is no such message: {conversation, title, context, messages}. */
export function fromChatwoot(data) {
  if (typeof data !== "string" || !data.startsWith("{")) return null;
  let read;
  try {
    read = JSON.parse(data);
  } catch {
    return null;
  }
  if (read?.event !== "appContext" || typeof read.data?.conversation !== "object") return null;
  const { conversation, contact } = read.data;
  if (conversation === null || conversation.id === undefined) return null;
  const known = { ...conversation.meta?.sender?.custom_attributes, ...contact?.custom_attributes, ...conversation.custom_attributes };
  return {
    conversation: `chatwoot-${conversation.id}`,
    title: String(contact?.name ?? conversation.meta?.sender?.name ?? ""),
    context: contextOf(known),
    messages: messagesOf(conversation.messages),
  };
}

function contextOf(attributes) {
  const context = {};
  for (const [ours, theirs] of Object.entries(NAMES)) {
    const found = theirs.map((name) => attributes[name]).find((value) => value !== undefined && value !== null && value !== "");
    if (found !== undefined) context[ours] = String(found);
  }
  return context;
}

/** Chatwoot's messages, oldest first; notes among agents and lines about the talk itself are left out. */
function messagesOf(messages) {
  if (!Array.isArray(messages)) return [];
  return messages
    .filter((m) => m && (m.message_type === INCOMING || m.message_type === OUTGOING) && !m.private && typeof m.content === "string")
    .map((m, place) => ({ m, place }))
    .sort((a, b) => instant(a.m.created_at) - instant(b.m.created_at) || a.place - b.place)
    .map(({ m }) => ({
      id: m.id === undefined ? null : String(m.id),
      role: m.message_type === INCOMING ? "customer" : "agent",
      text: m.content,
    }));
}

function instant(written) {
  const read = typeof written === "number" ? written * 1000 : Date.parse(written);
  return Number.isNaN(read) ? 0 : read;
}
