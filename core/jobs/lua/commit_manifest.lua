-- finish's member, token, manifest as JSON. The manifest that counts, or nil when this lease may not name one.
even_when_full()
local member, token, manifest = A[1], A[2], A[3]
local _, job = split(member)
if not held(member, token) or is_stopping(job) then return nil end
redis.call('SETNX', job_key(job, 'manifest'), manifest)
renew_lease(member)
return redis.call('GET', job_key(job, 'manifest'))
