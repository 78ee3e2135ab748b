-- The scripts of Redis: each runs with lua/keys.lua, basics.lua and common.lua before it. Their names are read from them.
std = "lua51"
max_line_length = 120
read_globals = {"redis", "cjson", "ARGV", "KEYS"}
local shared = {}
for _, name in ipairs({"keys", "basics", "common"}) do
  for line in io.lines("core/jobs/lua/" .. name .. ".lua") do
    local names = line:match("^local function ([%w_]+)") or line:match("^local ([%w_, ]+)") or ""
    for one in names:gmatch("[%w_]+") do
      if one ~= "function" then shared[#shared + 1] = one end
    end
  end
end
for _, name in ipairs(shared) do read_globals[#read_globals + 1] = name end
for _, name in ipairs({"keys", "basics", "common"}) do
  files["core/jobs/lua/" .. name .. ".lua"] = {ignore = {"211", "241"}}  -- what they define is used by others
end
