-- Usage of a tenant and its key at one moment. Changes nothing.
-- ARGV: tenant, the key's buckets of requests and of submissions, now ('' = the server's clock)
-- {now, seconds of audio today, jobs in flight and in submission, time at which each bucket is full}
local tenant, now = ARGV[1], tonumber(ARGV[4])
if not now then
  local time = redis.call('TIME')
  now = tonumber(time[1]) + tonumber(time[2]) / 1e6
end
local in_flight = redis.call('ZCARD', key('jobs', tenant, 'queued'))
  + redis.call('ZCARD', key('jobs', tenant, 'running'))
  + redis.call('ZCOUNT', key('submissions', tenant), '(' .. string.format('%.6f', now), '+inf')
return {string.format('%.6f', now), redis.call('GET', key('audio', tenant, math.floor(now / 86400))) or '0', in_flight,
  redis.call('GET', key('rate_limit', ARGV[2])) or '0', redis.call('GET', key('rate_limit', ARGV[3])) or '0'}
