// One library as a process: node peer.mjs NAME WORKLOAD. Prepares, says so, then answers lines:
// "answers" with the outcome of every question, "run SECONDS" with what a second of them came to.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [, , name, file] = process.argv
const { groups, users, questions } = JSON.parse(readFileSync(file, 'utf8'))
const [Implicit, Explicit, Allowed] = [0, 1, 2]
const rulesOf = user => users[user].flatMap(group => groups[group].flat())

/** Each gives a function from user, action and resource to an outcome. */
const peers = {
  // The rules of one user are an ability; the last rule that fits wins, so denies come last. Names are exact; a resource is a subject type.
  async casl() {
    const { createMongoAbility } = await import('@casl/ability')
    const abilities = Object.keys(users).map(user => [user, createMongoAbility(rulesOf(user)
      .toSorted((one, other) => one.deny - other.deny)
      .map(rule => ({ action: rule.actions, subject: rule.resource === '*' ? 'all' : rule.resource, inverted: rule.deny })))])
    const byUser = new Map(abilities)
    return (user, action, resource) => byUser.get(user).can(action, resource) ? Allowed : Implicit
  },

  // Whole names are compared as entities, prefixes with "like" on texts in the context; groups are the principal's parents.
  async cedar() {
    const cedar = await import('@cedar-policy/cedar-wasm/nodejs')
    const policies = Object.entries(groups).flatMap(([group, policies]) => policies.flat().map(rule => {
      const wild = rule.actions[0].endsWith('*')
      const when = [wild && `context.action like "${rule.actions[0]}"`, rule.resource !== '*' && rule.resource.endsWith('*') && `context.resource like "${rule.resource}"`].filter(Boolean)
      const action = wild ? 'action' : `action in [${rule.actions.map(one => `Action::"${one}"`).join()}]`
      const resource = rule.resource.endsWith('*') ? 'resource' : `resource == Resource::"${rule.resource}"`
      return `${rule.deny ? 'forbid' : 'permit'}(principal in Group::"${group}", ${action}, ${resource})${when.length ? ` when { ${when.join(' && ')} }` : ''};`
    }))
    const parsed = cedar.preparsePolicySet('all', { staticPolicies: policies.join('\n') })
    if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed))
    const entities = Object.fromEntries(Object.entries(users).map(([user, groups]) => [user, [{ uid: { type: 'User', id: user }, attrs: {}, parents: groups.map(id => ({ type: 'Group', id })) }]]))
    return (user, action, resource) => {
      const { response, errors } = cedar.statefulIsAuthorized({
        principal: { type: 'User', id: user }, action: { type: 'Action', id: action }, resource: { type: 'Resource', id: resource },
        context: { action, resource }, preparsedPolicySetId: 'all', entities: entities[user],
      })
      if (errors) throw new Error(JSON.stringify(errors))
      return response.decision === 'allow' ? Allowed : response.diagnostics.reason.length ? Explicit : Implicit
    }
  },

  // One line for each action of a statement; what is cheapest to compare comes first.
  async casbin() {
    const { newEnforcer, newModelFromString } = await import('casbin')
    const enforcer = await newEnforcer(newModelFromString(`
[request_definition]
r = sub, act, obj
[policy_definition]
p = sub, act, obj, eft
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = keyMatch(r.act, p.act) && keyMatch(r.obj, p.obj) && g(r.sub, p.sub)
`))
    const lines = Object.entries(groups).flatMap(([group, policies]) => policies.flat().flatMap(rule => rule.actions.map(action => [group, action, rule.resource, rule.deny ? 'deny' : 'allow'])))
    await enforcer.addPolicies([...new Map(lines.map(line => [line.join('\n'), line])).values()])
    await enforcer.addGroupingPolicies(Object.entries(users).flatMap(([user, groups]) => groups.map(group => [user, group])))
    return (user, action, resource) => enforcer.enforceSync(user, action, resource) ? Allowed : Implicit
  },

  // The same policies as they stand; it reads them anew for each question.
  async 'iam-simulate'() {
    const { runUnsafeSimulation } = await import('@cloud-copilot/iam-simulate')
    const policies = Object.fromEntries(Object.entries(users).map(([user, of]) => [user, of.flatMap(group => groups[group].map((rules, i) => ({
      name: `${group}-${i}`,
      policy: { Version: '2012-10-17', Statement: rules.map(rule => ({ Effect: rule.deny ? 'Deny' : 'Allow', Action: rule.actions, Resource: rule.resource })) },
    })))]))
    const outcomes = { Allowed, ExplicitlyDenied: Explicit, ImplicitlyDenied: Implicit }
    return (user, action, resource) => outcomes[runUnsafeSimulation({
      request: { principal: `arn:aws:iam::123456789012:user/${user}`, action, resource: { resource, accountId: '123456789012' }, contextVariables: {} },
      identityPolicies: policies[user], serviceControlPolicies: [], resourceControlPolicies: [],
    }, {})]
  },
}

const ask = await peers[name]()
const say = what => process.stdout.write(JSON.stringify(what) + '\n')
let [sink, serial] = [0, 0]
// As a service gets them: texts not seen before, the names of files others each time, the answers the same.
const afresh = () => JSON.parse(JSON.stringify(questions).replace(/file-\d+/g, () => `file-${serial = (serial + 1) % 1e6}`))
say('ready')

for await (const line of createInterface({ input: process.stdin })) {
  const [what, seconds] = line.split(' ')
  if (what === 'answers') { say(questions.map(([user, action, resource]) => ask(user, action, resource))); continue }

  const limit = Number(seconds) * 1000
  let [count, processor] = [0, 0]
  for (const began = performance.now(); performance.now() - began < limit;) {
    const asked = afresh()
    const used = process.cpuUsage()
    for (let i = 0; i < asked.length && (i % 8 || performance.now() - began < limit); i++, count++) sink += ask(...asked[i])
    const now = process.cpuUsage(used)
    processor += now.user + now.system
  }
  const perSecond = count / processor * 1e6

  const [each, asked] = [[], afresh()]
  for (const start = performance.now(); each.length < asked.length && performance.now() - start < limit;) {
    const [user, action, resource] = asked[each.length]
    const before = performance.now()
    sink += ask(user, action, resource)
    each.push((performance.now() - before) * 1e6)
  }
  each.sort((one, other) => one - other)
  say({ perSecond, median: each[each.length >> 1], worst: each[Math.floor(each.length * 0.99)] })
}
if (sink < 0) say(sink)
