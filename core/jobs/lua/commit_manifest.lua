-- finish's member, token, manifest as JSON. The manifest that stands, or nil when this lease may not name one.
local member, token, manifest = A[1], A[2], A[3]
local _, job = split(member)
if not held(member, token) or terminal(job) or get(job, 'cancel_requested_at') then return nil end
redis.call('HSETNX', job_key(job), 'manifest', manifest)
renew_lease(member)
return get(job, 'manifest')
