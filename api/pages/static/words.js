/* What the pages say, Chinese first and English beside it. `{name}` stands for a value. */

const WORDS = {
  insert: ["插入", "Insert"],
  copy: ["复制", "Copy"],
  copy_only: ["复制，去粘贴", "Copy to paste"],
  edit: ["修改", "Edit"],
  dismiss: ["忽略", "Dismiss"],
  undo: ["撤销", "Undo"],
  report: ["报错", "Report"],
  wrong: ["错了", "Wrong"],
  outdated: ["过期了", "Outdated"],
  incomplete: ["不完整", "Incomplete"],
  cancel: ["取消", "Cancel"],
  insert_edited: ["插入修改后的", "Insert as edited"],
  copy_edited: ["复制修改后的", "Copy as edited"],
  edit_label: ["修改回复", "Edit the reply"],
  insert_all: ["全部插入", "Insert all"],
  copy_all: ["全部复制", "Copy all"],
  inserted: ["已插入输入框", "Inserted into the composer"],
  copied: ["已复制，请到输入框粘贴", "Copied: paste it into the composer"],
  not_copied: ["浏览器不让复制，请选中文字后手动复制", "The browser refuses to copy; select the text and copy by hand"],
  dismissed: ["已忽略", "Dismissed"],
  reported: ["谢谢，已报告给{owner}", "Thank you, reported to {owner}"],
  reported_nobody: ["谢谢，已报告", "Thank you, reported"],
  fill_first: ["还有空白没填：{names}", "Fill the blanks first: {names}"],
  blank: ["空白：{name}", "Blank: {name}"],
  surely_nearest: ["不是可靠的答案，再按一次", "Not a reliable answer: press again"],
  surely_upcoming: ["还没生效，再按一次", "Not in force yet: press again"],
  surely_blank: ["还有 {…} 没改，再按一次", "A {…} is left: press again"],
  internal_never: ["内部资料，不能发给顾客", "Internal: never sent to a customer"],
  internal: ["内部 · 勿发送", "Internal · do not send"],
  internal_audience: ["内部文章", "internal article"],
  approved: ["核准话术", "Approved wording"],
  steps: ["步骤", "Steps"],
  table: ["表格", "Table"],
  sentences: ["原文句子", "From the text"],
  advice: ["内部建议", "Internal advice"],
  sure_high: ["把握大", "Sure"],
  sure_middle: ["把握中等", "Fairly sure"],
  sure_low: ["把握小", "Unsure"],
  confidence: ["把握 {percent}%：{word}", "Confidence {percent}%: {word}"],
  snippet: ["原文", "In the article"],
  source: ["出处", "Source"],
  open_article: ["打开全文：", "Open the article: "],
  owner: ["负责：{owner}", "Owner: {owner}"],
  in_force: ["长期有效", "No end date"],
  from_until: ["{from} 至 {until} 有效", "In force {from} to {until}"],
  from: ["{from} 起有效", "In force from {from}"],
  until: ["{until} 前有效", "In force until {until}"],
  starts: ["{from} 起", "From {from}"],
  end_of: ["{day} 24:00", "{day} (end of day)"],
  bought: ["按 {date} 下单时的规则", "The rule for orders of {date}"],
  turns: ["；{date} 起改为《{title}》", "; from {date} “{title}” applies"],
  turned: ["；{date} 之前按《{title}》", "; before {date} “{title}” applied"],
  ended: ["；{date} 已结束", "; it ended {date}"],
  ask_date: ["，请问清下单日期", "; ask for the exact order date"],
  unified: ["统一回复", "Unified reply"],
  unified_by: ["{author} 设置，{since} 起", "Set by {author}, since {since}"],
  unified_until: ["到 {until}", "until {until}"],
  unified_ready: ["统一回复：{reply}", "Unified reply: {reply}"],
  usual_answers: ["平时的建议 {count} 条", "The usual suggestions: {count}"],
  rises: ["大家在问", "What many ask"],
  rise_line: ["{count} 位客户在问：", "{count} customers ask: "],
  rise_more: ["，还有 {count} 件", ", and {count} more"],
  rise_said: ["最近一小时有 {count} 位客户在问：{title}", "{count} customers within the hour ask: {title}"],
  rise_fact: ["最近一小时 {count} 位客户，平时约 {usual} 位", "{count} customers within the hour, usually about {usual}"],
  rise_rare: ["最近一小时 {count} 位客户，平时几乎没有", "{count} customers within the hour, usually hardly any"],
  rise_hide: ["收起，直到又有新的", "Hide until there is another"],
  rises_none: ["最近一小时没有突然增多的问题", "No question has risen suddenly within the hour"],
  rises_absent: ["这台服务器还不会看突发问题", "This server does not look for sudden questions yet"],
  rise_untitled: ["同一个问题", "one and the same question"],
  rise_no_reply: ["还没有统一回复。", "No unified reply yet."],
  rise_replies: ["其他有效的统一回复", "Other unified replies that hold"],
  unify_label: ["写一条统一回复，所有客服马上看到，排在最前", "Write one reply for all: every agent sees it at once, before all else"],
  unify_another: ["换一条统一回复", "Write another in its place"],
  unify_until: ["有效到", "Holds until"],
  unify_lifted: ["撤下为止", "it is lifted"],
  unify_hours: ["{count} 小时后", "in {count} hours"],
  unify_today: ["今天 24:00", "tonight, 24:00"],
  unify: ["发给所有客服", "Publish to all agents"],
  unified_made: ["统一回复已生效", "The unified reply holds"],
  lift: ["撤下", "Lift"],
  surely_lift: ["再按一次撤下", "Press again to lift"],
  lifted: ["已撤下", "Lifted"],
  not_done: ["没有成功：{why}", "It failed: {why}"],
  key_unified: ["选统一回复", "Choose the unified reply"],
  more: ["其他 {count} 条", "{count} more"],
  nearest_title: ["没有可靠的答案", "No reliable answer"],
  none_title: ["资料库里没有", "The library has nothing on this"],
  lacks: ["资料里没有提到：", "The library lacks:"],
  whom: ["可以问：", "Ask:"],
  whom_nobody: ["组长", "your group leader"],
  nearest_fold: ["最接近的 {count} 条（不是答案）", "The {count} nearest (not the answer)"],
  clarify_title: ["先问清楚", "Ask back first"],
  clarify_insert: ["把这句追问插入", "Insert this question"],
  clarify_copy: ["复制这句追问", "Copy this question"],
  clarify_known: ["你知道答案就直接选：", "If you know, choose:"],
  chosen: ["按「{label}」查的", "Chosen: {label}"],
  unchoose: ["取消这个选择", "Undo this choice"],
  calm_anger: ["顾客生气了，先安抚", "The customer is angry: calm first"],
  calm_threat: ["顾客要投诉，先安抚", "A threat: calm first"],
  calm_urgency: ["顾客很急，先安抚", "The customer is pressed: calm first"],
  opening: ["安抚开场", "Opening phrase"],
  unfold: ["展开", "Show all"],
  fold: ["收起", "Fold"],
  upcoming_title: ["快要开始", "Begins soon"],
  parts_title: ["这条消息有 {count} 个问题", "This message holds {count} questions"],
  part_sure: ["有答案", "answered"],
  part_unsure: ["没有可靠的答案", "no reliable answer"],
  customer: ["顾客", "Customer"],
  waiting_title: ["等顾客的消息", "Waiting for a message"],
  waiting_text: ["顾客一说话，答案就出现在这里。也可以直接搜索。", "Answers appear here as soon as the customer writes. You may search as well."],
  asking: ["正在找答案…", "Looking for the answer…"],
  answer_ready: ["有答案：{headline}。{word}", "Answer: {headline}. {word}"],
  nearest_ready: ["没有可靠的答案，问{owner}", "No reliable answer; ask {owner}"],
  lost: ["连不上知识库，正在重试", "The knowledge base cannot be reached; trying again"],
  lost_shown: ["下面是 {time} 的答案。", "Below is the answer of {time}."],
  lost_older: ["下面是上一条消息的答案，不是这一条的。", "Below is the answer to an earlier message, not to this one."],
  lost_nothing: ["还没有可以显示的答案。", "There is no answer to show yet."],
  retry: ["马上重试", "Try now"],
  back_again: ["已重新连上", "Connected again"],
  refused: ["这条消息查不了：{why}", "This message cannot be asked: {why}"],
  shortened: ["消息很长，只用前 2000 个字查找", "A long message: only its first 2,000 characters were used"],
  new_answer: ["新消息的答案好了", "The answer to a new message is ready"],
  show: ["看答案", "Show it"],
  search: ["搜索", "Search"],
  search_label: ["搜索资料库", "Search the library"],
  search_placeholder: ["搜规则、商品、流程…", "Rules, products, procedures…"],
  search_scope: ["只看这位顾客的渠道和商品", "This customer's channel and product only"],
  search_none: ["没有找到", "Nothing found"],
  search_unsure: ["没有可靠的结果，最接近的是", "Nothing reliable; the nearest are"],
  search_count: ["{count} 条结果", "{count} results"],
  phrases: ["话术", "Phrases"],
  phrases_label: ["按字或拼音首字母找话术", "Find a phrase by words or pinyin initials"],
  phrases_placeholder: ["如：dq、道歉、发货", "e.g. dq, 道歉"],
  phrases_none: ["没有这样的话术", "No such phrase"],
  phrases_absent: ["这台服务器还没有话术列表", "This server has no list of phrases yet"],
  calendar: ["48 小时内", "Next 48 hours"],
  calendar_none: ["48 小时内没有开始或结束的规则", "Nothing starts or ends within 48 hours"],
  calendar_absent: ["这台服务器还没有日历", "This server has no calendar yet"],
  calendar_failed: ["暂时取不到", "Cannot be read at the moment"],
  starts_at: ["开始", "starts"],
  ends_at: ["结束", "ends"],
  replaced_by: ["由《{title}》接替", "replaced by “{title}”"],
  article: ["全文", "Article"],
  article_gone: ["这篇文章现在不在资料库里", "This article is not in the library now"],
  passage_here: ["答案在这里", "The answer is here"],
  help: ["快捷键", "Keys"],
  help_switch: ["用单键快捷键", "Use single-key shortcuts"],
  help_language: ["English", "中文"],
  key_pick: ["选第几条", "Choose a suggestion"],
  key_opening: ["选安抚开场", "Choose the opening phrase"],
  key_insert: ["插入选中的（在 Chatwoot 里是复制）", "Insert the chosen one (a copy in Chatwoot)"],
  key_move: ["上一条、下一条", "Previous, next"],
  key_fold: ["收起、展开选中的", "Fold or unfold the chosen one"],
  key_clarify: ["选追问里的选项", "Choose an option of the question back"],
  key_escape: ["返回；再按回到聊天", "Back; again: to the chat"],
  key_send_edit: ["插入修改后的", "Insert what was edited"],
  key_forget: ["忘掉这个密钥", "Forget the key"],
  key_title: ["需要密钥", "A key is needed"],
  key_text: [
    "请管理员用命令 kb keys add 你的名字 --role agent 做一个，粘贴到这里。只保存在这个标签页里。",
    "Ask an administrator to make one with kb keys add YOUR-NAME --role agent, and paste it here. It is kept in this tab only.",
  ],
  key_label: ["密钥", "Key"],
  key_save: ["使用", "Use it"],
  key_wrong: ["这个密钥不对，或者已经作废", "This key is wrong or was revoked"],
  close: ["返回", "Back"],
  toolbar: ["工具", "Tools"],
  suggestions: ["建议", "Suggestions"],
  ordered_said: ["按「{said}」下单时的规则", "Rules of “{said}”"],
  ordered: ["按 {date} 下单时的规则", "Rules of {date}"],
  taobao: ["淘宝", "Taobao"],
  tmall: ["天猫", "Tmall"],
  jd: ["京东", "JD"],
  douyin: ["抖音", "Douyin"],
  wechat: ["微信", "WeChat"],
  pdd: ["拼多多", "Pinduoduo"],
  phone: ["电话", "Phone"],
};

/** Whether the page speaks English; the server chose it from `?lang=` or the browser. */
export function english() {
  return document.documentElement.lang.startsWith("en");
}

/** The words of this name in the page's language, its `{…}` filled. A name that is not known is its own word. */
export function say(name, values = {}) {
  const pair = Object.hasOwn(WORDS, name) ? WORDS[name] : [name, name];
  return pair[english() ? 1 : 0].replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

/** A moment that may be written in any zone, as the browser's clock says it; today's without the day. */
export function here(written) {
  const read = new Date(written);
  const two = (number) => String(number).padStart(2, "0");
  const time = `${two(read.getHours())}:${two(read.getMinutes())}`;
  const day = `${two(read.getMonth() + 1)}-${two(read.getDate())}`;
  return read.toDateString() === new Date().toDateString() ? time : `${day} ${time}`;
}

/** "2026-09-01T00:00:00+08:00" as "2026-09-01": the shop's own clock, midnight left out. */
export function moment(written) {
  const day = written.slice(0, 10);
  const time = written.slice(11, 16);
  return time === "00:00" || time === "" ? day : `${day} ${time}`;
}

/** The end of something, which does not belong to it: midnight is the end of the day before. beside: said before it. */
export function end(until, beside = "") {
  const isMidnight = until.slice(11, 16) === "00:00" || until.length === 10;
  const last = new Date(Date.parse(`${until.slice(0, 10)}T00:00:00Z`) - 86_400_000);
  const written = isMidnight ? last.toISOString().slice(0, 10) : moment(until);
  const short = written.slice(0, 5) === beside.slice(0, 5) ? written.slice(5) : written;
  return isMidnight ? say("end_of", { day: short }) : short;
}

/** When something is in force, in words. */
export function period(from, until) {
  if (from && until) return say("from_until", { from: moment(from), until: end(until, from) });
  if (from) return say("from", { from: moment(from) });
  if (until) return say("until", { until: end(until) });
  return say("in_force");
}

/** Which rule was used, where the order's date decided, and what came before or after it. */
export function bought({ as_of, said, change, effective_until: until }) {
  const day = as_of.slice(0, 10);
  let text = say("bought", { date: said ? `“${said}” (${day})` : day });
  if (change) {
    const which = Date.parse(change.at) > Date.parse(as_of) ? "turns" : "turned";
    text += say(which, { date: moment(change.at), title: change.title });
    // The customer named a stretch of time, and the rule changed about then.
    if (said) text += say("ask_date");
  } else if (until && Date.parse(until) <= Date.now()) text += say("ended", { date: end(until, as_of) });
  return text;
}
