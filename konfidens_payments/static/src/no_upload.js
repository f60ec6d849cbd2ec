import { AccountMoveKanbanController } from "@account/views/account_move_kanban/account_move_kanban_controller";
import { AccountMoveListController } from "@account/views/account_move_list/account_move_list_controller";
import { FileUploadKanbanRenderer } from "@account/views/file_upload_kanban/file_upload_kanban_renderer";
import { FileUploadListRenderer } from "@account/views/file_upload_list/file_upload_list_renderer";
import { patch } from "@web/core/utils/patch";

/**
 * Where nothing is created, as among the invoices of appointments, no file is uploaded
 * either: by the button, dropped, or pasted.
 */
const forbids = (context) => context?.create === false;

// each patch needs methods, and so a `super`, of its own
const controller = () => ({
    setup() {
        super.setup();
        this.showUploadButton &&= !forbids(this.props.context);
    },
});
const renderer = () => ({
    onDragStart() {
        if (!forbids(this.props.list.context)) {
            super.onDragStart(...arguments);
        }
    },

    async onPaste() {
        if (!forbids(this.props.list.context)) {
            await super.onPaste(...arguments);
        }
    },
});

patch(AccountMoveKanbanController.prototype, controller());
patch(AccountMoveListController.prototype, controller());
patch(FileUploadKanbanRenderer.prototype, renderer());
patch(FileUploadListRenderer.prototype, renderer());
