-- idempotency key, owner. {job, fingerprint}: the key has created a job; {'busy'}: another owner uses it; {}: proceed.
-- The owner repeats this in time to renew its claim.
local PENDING_S = 30
local name, owner = A[1], A[2]
local standing = redis.call('HMGET', name, 'job', 'fingerprint', 'owner')
if standing[1] then return {standing[1], standing[2]} end
if standing[3] and standing[3] ~= owner then return {'busy'} end
redis.call('HSET', name, 'owner', owner)
redis.call('EXPIRE', name, PENDING_S)
return {}
