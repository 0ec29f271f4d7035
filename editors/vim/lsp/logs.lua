-- The language server of LoGS, for Neovim from 0.11 on. With this folder in the
-- runtimepath, vim.lsp.enable("logs") is all it takes.
return {
  cmd = { "logs", "lsp" },
  filetypes = { "rdl" },
  root_markers = { ".git" },
  -- Files and folders that are one program, as for logs run -r:
  -- init_options = { rules = { "rules" } },
  commands = {
    ["logs.runTest"] = function(command, context)
      vim.lsp.get_client_by_id(context.client_id):request("workspace/executeCommand", {
        command = command.command,
        arguments = command.arguments,
      }, function(err, results)
        if err then
          vim.notify("logs: " .. err.message, vim.log.levels.ERROR)
          return
        end
        for _, r in ipairs(results) do
          if not r.passed then
            vim.notify(r.name .. "\n" .. r.failure, vim.log.levels.WARN)
          end
        end
      end)
    end,
  },
}
